/**
 * Before an image is written into a slot: what the slot has on its base is given up, and a snapshot that it has a part in
 * is cancelled.
 *
 * Pure. Invariant: the slot is recorded as one that no boot enters before the pair takes its layers away, so a cut between
 * the two leaves a slot that is written by the same command, and never one with half of what it had.
 */
import { beginWriting } from '../repair/record-repair.ts';
import type { SlotName } from '../slot.ts';
import { planCancel } from './end-snapshot.ts';
import { type Pair, withDeployment } from './pair.ts';
import { type PairFacts, takenNow } from './pair-facts.ts';
import { type PairPlan, stateWrite } from './pair-plan.ts';
import { requireUnlocked } from './set-writable.ts';

/** Whether the pair says anything of the slot: layers, an upper of its own, a part in a snapshot. */
export function hasPart({ slots, uppers, taken }: Pair, slot: SlotName): boolean {
  return (
    Object.hasOwn(slots, slot) || Object.hasOwn(uppers, slot) || taken?.active === slot || taken?.inactive === slot
  );
}

/**
 * @param what is written, such as `slot a`
 * @returns null when the slot has its base alone
 * @throws BootError REFUSED for a slot that a snapshot has locked
 */
export function planGiveUp(facts: PairFacts, slot: SlotName, what: string): PairPlan | null {
  const { pair, state } = facts;
  if (!hasPart(pair, slot)) return null;
  requireUnlocked(facts, slot);
  const taken = takenNow(facts);
  const ended = taken?.active === slot || taken?.inactive === slot ? planCancel(facts) : null;
  const left = ended?.writes.reduce((before, write) => (write.do === 'savePair' ? write.pair : before), pair) ?? pair;
  const isOver = left.taken?.active === slot || left.taken?.inactive === slot;
  const given: Pair = { ...withDeployment(left, slot, null, null), taken: isOver ? null : left.taken };
  const after = beginWriting(ended?.state ?? state, slot, what, null).state;
  return {
    writes: [...stateWrite(state, after), { do: 'savePair', pair: given }],
    state: after,
    changes: [
      ...(ended === null ? [] : [`the snapshot of slot ${taken?.active} is cancelled`]),
      ...(Object.hasOwn(pair.slots, slot) ? [`the layers of slot ${slot} are given up`] : []),
    ],
    notes: ended?.notes ?? [],
  };
}
