/**
 * `snapshot cancel` and `snapshot delete`: RFC-0005's CancelSnapshot and DeleteSnapshot.
 *
 * Pure. Invariant: a slot is recorded as one that no boot enters, or as its proven base, before the pair takes its layers
 * away; a cut between the two leaves the snapshot taken, and the same command goes on. Never is the running slot cleared,
 * nor the one that proved itself last.
 */
import { lastProven } from '../repair/last-proven.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import { type Pair, type Taken, withDeployment } from './pair.ts';
import { deploymentIn, heldBy, isSession, type PairFacts, pairState, partnerOf, takenNow } from './pair-facts.ts';
import { type PairPlan, refused, resumeTaken, stateWrite } from './pair-plan.ts';
import { clearRecord, renameDeployment } from './pair-records.ts';

/** Nothing to write. */
function nothing({ state }: PairFacts, note: string): PairPlan {
  return { writes: [], state, changes: [], notes: [note] };
}

/** @throws BootError REFUSED */
export function planCancel(facts: PairFacts): PairPlan {
  const taken = takenNow(facts);
  if (taken === null) {
    if (pairState(facts) === 'before') return nothing(facts, 'no snapshot is taken');
    throw refused(
      `slot '${facts.pair.taken?.inactive}' has proven itself, so the snapshot has ended`,
      "'lifeboot rollback' goes back; 'lifeboot snapshot delete' clears the slot that does not run",
    );
  }
  const { active, inactive } = taken;
  if (facts.running?.slot === inactive) {
    throw refused(`slot '${inactive}' runs`, `'lifeboot switch ${active}' and reboot, then cancel; or prove it`);
  }
  const recorded = isSession(facts) ? giveBack(facts, taken) : resumeTaken(facts);
  const state = clearOf({ ...facts, state: recorded }, inactive, active);
  const cleared = { ...withDeployment(facts.pair, inactive, null, null), taken: null };
  const back = isSession(facts) ? withDeployment(cleared, active, taken.before, taken.beforeUpper) : cleared;
  return {
    writes: [...stateWrite(facts.state, state), { do: 'savePair', pair: back }],
    state,
    changes: [`slot ${inactive} is cleared`, `slot ${active} is not locked any more`],
    notes: isSession(facts)
      ? [`slot ${active} keeps what it wrote since`]
      : [`slot ${active} keeps what it has: the snapshot, and what it wrote since its last boot`],
  };
}

/** In the boot of the snapshot the active slot has its old name and upper again. */
function giveBack(facts: PairFacts, { active, before }: Taken): BootState {
  const held = heldBy(facts, active);
  const old = before ?? facts.bases[active]?.id;
  if (held === null || old === undefined) return facts.state;
  const ran = facts.running?.slot === active ? facts.running.deploymentId : null;
  // Its layers may have been made one in this boot: then what runs proves it under the name that it had before.
  const known = ran === null || ran === old ? {} : { sameAs: ran };
  return renameDeployment(facts.state, active, held.id, { ...deploymentIn(facts, active, old), ...known });
}

function clearOf({ state, bases }: PairFacts, slot: SlotName, active: SlotName): BootState {
  const reason = "cleared: 'lifeboot snapshot take' fills it again";
  return clearRecord(state, slot, { base: bases[slot] ?? null, active, reason });
}

/** @throws BootError REFUSED */
export function planDelete(facts: PairFacts): PairPlan {
  const { running, pair, config } = facts;
  const taken = takenNow(facts);
  if (taken !== null) {
    throw refused(
      `the snapshot of slot '${taken.active}' has not ended: slot '${taken.inactive}' has not proven itself`,
      "'lifeboot snapshot cancel' ends it now",
    );
  }
  if (running === null || config.slots[running.slot]?.role !== 'normal') {
    throw refused('no normal slot runs', 'a slot is cleared from the one that takes its place');
  }
  const slot = partnerOf(facts, running.slot);
  if (slot === null || !hasOwnStack(pair, slot)) return nothing(facts, 'no slot but the running one has layers');
  if (lastProven(facts.state).includes(slot)) {
    throw refused(
      `slot '${slot}' is the one that proved itself last, as far as is known: it is the way back`,
      `when slot ${running.slot} has proven itself ('lifeboot status'), it can be cleared`,
    );
  }
  const state = clearOf(facts, slot, running.slot);
  const cleared: Pair = { ...withDeployment(pair, slot, null, null), taken: null };
  return {
    writes: [...stateWrite(facts.state, state), { do: 'savePair', pair: cleared }],
    state,
    changes: [`slot ${slot} is cleared`],
    notes: [],
  };
}

function hasOwnStack({ slots, uppers }: Pair, slot: SlotName): boolean {
  return Object.hasOwn(slots, slot) || Object.hasOwn(uppers, slot);
}
