/**
 * `pin`, `unpin` and `snapshot delete NUMBER`: what is kept is protected, or given up.
 *
 * Pure. Invariant: what runs, what somebody has chosen to boot and the only way back are never given up. A snapshot goes
 * from the boot state first, so that a cut never leaves a candidate that is not there.
 */
import { forgetSnapshot } from '../boot/snapshot-slots.ts';
import { BootError } from '../errors.ts';
import { newestProofs } from '../repair/last-proven.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import { refused, type StorePlan, stateWrite } from './pair-plan.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotSlot } from './snapshot-name.ts';

export interface KeptFacts {
  readonly state: BootState;
  readonly snapshots: readonly Snapshot[];
  /** The slot that runs, a kept snapshot among them; null: not known. */
  readonly running: SlotName | null;
}

/** @throws BootError USAGE for a number that is not there */
export function planPin(facts: KeptFacts, numbers: readonly number[], pinned: boolean): StorePlan {
  const found = numbers.map((number) => requireSnapshot(facts, number));
  const changed = found.filter((snapshot) => snapshot.pinned !== pinned);
  const how = pinned ? 'pinned' : 'not pinned';
  return {
    writes: changed.map((snapshot) => ({ do: 'saveSnapshot', snapshot: { ...snapshot, pinned } })),
    state: facts.state,
    changes: changed.map(({ number }) => `snapshot ${number} is ${how}`),
    notes: found.filter((each) => !changed.includes(each)).map(({ number }) => `snapshot ${number} is ${how} already`),
  };
}

/** @throws BootError USAGE for a number that is not there, REFUSED for one that is needed */
export function planDeleteKept(facts: KeptFacts, numbers: readonly number[]): StorePlan {
  const found = [...new Set(numbers)].map((number) => requireSnapshot(facts, number));
  for (const { number, pinned } of found) {
    const why = pinned ? 'it is pinned' : whyNeeded(facts, number);
    if (why === null) continue;
    const hint = pinned ? `'lifeboot unpin ${number}' first` : "'lifeboot switch SLOT' chooses another one";
    throw refused(`snapshot ${number} is not deleted: ${why}`, hint);
  }
  return deleteAll(
    facts.state,
    found.map(({ number }) => number),
  );
}

/** Without a question. @returns what deletes them, in an order in which a cut leaves no name without its snapshot */
export function deleteAll(before: BootState, numbers: readonly number[]): StorePlan {
  const state = numbers.map(snapshotSlot).reduce(forgetSnapshot, before);
  return {
    writes: [...stateWrite(before, state), ...numbers.map((number) => ({ do: 'deleteSnapshot', number }) as const)],
    state,
    changes: numbers.map((number) => `snapshot ${number} is deleted`),
    notes: [],
  };
}

/** @returns why a snapshot must stay, whoever asks; null: nothing needs it */
export function whyNeeded({ state, running }: KeptFacts, number: number): string | null {
  const name = snapshotSlot(number);
  if (running === name) return 'it runs';
  if (state.current?.slot === name) return 'its boot has no verdict yet';
  if (state.order.includes(name) || state.oneShot === name || state.ladder.next?.slot === name) {
    return 'it is chosen to boot';
  }
  const [last, ...others] = newestProofs(state);
  return last === name && others.length === 0 ? 'it is what proved itself last' : null;
}

function requireSnapshot({ snapshots }: KeptFacts, number: number): Snapshot {
  const snapshot = snapshots.find((each) => each.number === number);
  if (snapshot !== undefined) return snapshot;
  const numbers = snapshots.map((each) => each.number).join(', ') || 'none is kept';
  throw new BootError('USAGE', `there is no snapshot ${number}`, { hint: `the snapshots are: ${numbers}` });
}
