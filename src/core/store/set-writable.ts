/**
 * `snapshot set-writable` and `snapshot set-boot`: RFC-0005's SetWritablePartition and SetBootPartition; and the rule that
 * everything which changes a slot's stack asks for.
 *
 * Pure. Invariant: at most one slot of a pair may be changed. The other one's stack stays byte for byte as it is.
 */
import { BootError } from '../errors.ts';
import { requireSlot } from '../operate/require-slot.ts';
import { switchTo } from '../operate/switch-to.ts';
import type { SlotName } from '../slot.ts';
import { heldBy, type PairFacts, pairRoles, takenNow } from './pair-facts.ts';
import { type PairPlan, refused, resumeTaken, stateWrite } from './pair-plan.ts';

/** @throws BootError REFUSED, USAGE */
export function planWritable(facts: PairFacts, slot: SlotName): PairPlan {
  requireSlot(facts.state, slot);
  const taken = takenNow(facts);
  if (taken === null) throw refused('no snapshot is taken, so no slot is locked', "'lifeboot snapshot take' takes one");
  const { active, inactive, writable } = taken;
  if (slot !== active && slot !== inactive) {
    throw new BootError('USAGE', `slot '${slot}' has no part in the snapshot`, {
      hint: `${active} and ${inactive} have`,
    });
  }
  const state = resumeTaken(facts);
  const resumed = stateWrite(facts.state, state);
  if (slot === writable) return { writes: resumed, state, changes: [], notes: [`slot ${slot} may be changed already`] };
  return {
    writes: [...resumed, { do: 'savePair', pair: { ...facts.pair, taken: { ...taken, writable: slot } } }],
    state,
    changes: [`slot ${slot} may be changed`, `slot ${writable} is locked`],
    notes: facts.running?.slot === slot ? [`slot ${slot} runs: a change of its stack shows from its next boot on`] : [],
  };
}

/** @throws BootError USAGE, BAD_DATA for a slot that is empty */
export function planBootSlot(facts: PairFacts, slot: SlotName): PairPlan {
  const state = resumeTaken(facts);
  if (requireSlot(state, slot).health === 'empty') {
    throw new BootError('BAD_DATA', `slot '${slot}' is empty: there is nothing to boot in it`, {
      hint: "'lifeboot snapshot take' fills it from the running slot, 'lifeboot install' from an image",
    });
  }
  const edit = switchTo(state, { slot, once: false, found: heldBy(facts, slot) });
  return { writes: stateWrite(facts.state, edit.state), state: edit.state, changes: [], notes: edit.notes };
}

/**
 * Whether the stack of a slot may be changed now: by `run`, by a layer that is added, by an image that is written.
 * @throws BootError REFUSED for the locked slot
 */
export function requireUnlocked(facts: PairFacts, slot: SlotName): void {
  const { locked, writable } = pairRoles(facts);
  if (slot !== locked) return;
  throw refused(
    `slot '${slot}' is locked by a snapshot`,
    `'lifeboot snapshot cancel' ends it; 'lifeboot snapshot set-writable ${slot}' locks slot ${writable} instead`,
  );
}
