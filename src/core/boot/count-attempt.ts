/**
 * The state that must be on the disk before a candidate is entered.
 *
 * Pure. Invariant: taking a one-shot choice and counting its attempt are one state, so that no power cut parts them.
 */
import type { SlotName } from '../slot.ts';
import { takeBackSettings } from '../state/settings.ts';
import { type BootState, clearRound, EMPTY_SLOT, type SlotState, withSlot } from '../state/state.ts';
import type { Candidate } from './candidates.ts';
import type { BootFacts } from './facts.ts';
import { putRecord } from './history.ts';

export interface CountedAttempt {
  readonly state: BootState;
  readonly attempt: number;
}

/**
 * @param state settled
 * @param trace what the boot log keeps of the decision
 */
export function countAttempt(
  state: BootState,
  candidate: Candidate,
  facts: BootFacts,
  trace: readonly string[],
): CountedAttempt {
  const { slot: name, mode, turn } = candidate;
  const before = state.slots[name] ?? EMPTY_SLOT;
  // A clean boot in its turn is counted by the round, and one that the ladder asked for by the ladder: not by the slot.
  const isUncounted = turn === 'clean' || (turn === 'ladder' && mode === 'clean' && before.mode !== 'clean');
  const counted: Partial<SlotState> = isUncounted
    ? {}
    : before.mode === 'clean'
      ? { cleanAttempts: before.cleanAttempts + 1 }
      : { attempts: before.attempts + 1 };
  const attempt = isUncounted ? 1 : (counted.attempts ?? counted.cleanAttempts ?? 1);
  const marked: BootState = {
    ...withSlot(state, name, counted),
    oneShot: null,
    ladder: state.ladder.next === null ? state.ladder : { ...state.ladder, next: null },
    current: { bootId: facts.bootId, slot: name, attempt, mode, turn, alive: false },
    entered: { bootId: facts.bootId, settings: state.settings ?? {} },
    round: {
      ...state.round,
      clean: turn === 'clean' ? added(state.round.clean, name) : state.round.clean,
      recovery: turn === 'recovery' ? added(state.round.recovery, name) : state.round.recovery,
      ...(turn === 'snapshot' ? { snapshots: added(state.round.snapshots ?? [], name) } : {}),
    },
  };
  const record = {
    bootId: facts.bootId,
    slot: name,
    attempt,
    mode,
    turn,
    outcome: 'running',
    reason: null,
    startedAt: facts.now,
    proof: null,
    trace,
  } as const;
  return { state: putRecord(marked, record), attempt };
}

/** The state of a new round: whatever is not empty gets its attempts back, and ranks by the best it ever showed. */
export function startRound(state: BootState, facts: BootFacts, reason: string): BootState {
  const slots = Object.entries(state.slots).map(([name, slot]): [SlotName, SlotState] => [
    name,
    { ...slot, attempts: 0, aliveAttempts: 0, cleanAttempts: 0, held: null },
  ]);
  const { state: kept, note } = takeBackSettings(state);
  const next: BootState = {
    ...kept,
    slots: Object.fromEntries(slots),
    oneShot: null,
    current: null,
    ladder: { ...state.ladder, next: null },
    round: { ...clearRound(state.round), number: state.round.number + 1 },
  };
  return putRescue(next, facts, note === null ? reason : `${reason}; ${note}`);
}

/** The state of a rescue that the ladder asked for: the slots keep what they have, their round is not over. */
export function takeRescue(state: BootState, facts: BootFacts, reason: string): BootState {
  return putRescue({ ...state, current: null, ladder: { ...state.ladder, next: null } }, facts, reason);
}

function putRescue(state: BootState, facts: BootFacts, reason: string): BootState {
  return putRecord(state, {
    bootId: facts.bootId,
    slot: null,
    attempt: null,
    mode: 'rescue',
    outcome: 'rescue',
    reason,
    startedAt: facts.now,
    proof: null,
    trace: [],
  });
}

function added(names: readonly SlotName[], name: SlotName): readonly SlotName[] {
  return names.includes(name) ? names : [...names, name];
}
