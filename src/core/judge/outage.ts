/**
 * An outage: a good slot cannot prove itself either, so a trial that only missed the tunnel is not to blame.
 *
 * Pure. Invariants: only attempts that came alive are given back, so that a trial which never did is bad, outage or not;
 * a trial whose attempts came back is held, or the node would flip between it and the good slot for as long as the
 * outage lasts.
 */
import { attemptLimit } from '../boot/limits.ts';
import type { Config } from '../config/config.ts';
import type { SlotName } from '../slot.ts';
import { type BootState, type SlotState, withSlot } from '../state/state.ts';

export interface OutageNoted {
  readonly state: BootState;
  /** The trials that are held since now: what would have been held against them is not. */
  readonly held: readonly SlotName[];
}

/** @param witness the good slot that cannot prove itself either; `at` is when, or null */
export function noteOutage(state: BootState, witness: SlotName, at: string | null): OutageNoted {
  const waiting = Object.keys(state.slots).filter((name) => name !== witness && isInQuestion(state.slots[name]));
  const reason = `slot ${witness}, which was proven before, could not prove itself either`;
  const held = waiting.reduce((before, name) => holdTrial(before, name, reason), state);
  return { state: { ...held, outage: state.outage ?? { since: at, slot: witness } }, held: waiting };
}

/** A trial that was alive without a tunnel: the question is whether that was its own fault. */
function isInQuestion(slot: SlotState | undefined): boolean {
  return slot?.health === 'trial' && slot.aliveAttempts > 0;
}

/** Gives a trial the attempts back that came alive, and holds it until the tunnel has been back for a while. */
export function holdTrial(state: BootState, name: SlotName, reason: string): BootState {
  const slot = state.slots[name];
  if (slot === undefined) return state;
  return withSlot(state, name, {
    attempts: Math.max(0, slot.attempts - slot.aliveAttempts),
    aliveAttempts: 0,
    refunds: 0,
    held: reason,
    reason: `untested: ${reason}`,
  });
}

/**
 * What a proof of slot `proven` says about a trial that used up its attempts.
 * @param state before the proof: what was good, and whether an outage was noted, decide who could do what at the time
 * @returns why the trial is not to blame, or null: it is
 */
export function excuse(state: BootState, name: SlotName): string | null {
  const wasAnyGood = Object.values(state.slots).some(({ health }) => health === 'good');
  if (!wasAnyGood)
    return 'no slot had proven itself before, so nobody knows what another one could have done at the time';
  if (state.outage !== null) return `its attempts fell into an outage: slot ${state.outage.slot} had no tunnel either`;
  const last = state.slots[name]?.lately.at(-1);
  if (last === 'busy') return 'the server was busy when it was tried last, which is not its fault';
  if (last === 'clock') return 'only the clock was wrong when it was tried last, which is not its fault';
  return null;
}

/** Offers the held trials again: the tunnel has been back for long enough. */
export function offerAgain(state: BootState): BootState {
  const held = Object.keys(state.slots).filter((name) => (state.slots[name]?.held ?? null) !== null);
  return held.reduce((before, name) => withSlot(before, name, { held: null }), state);
}

/** Whether the trial has no attempts left. */
export function isUsedUp(slot: SlotState, config: Config): boolean {
  return slot.attempts >= attemptLimit(slot, config);
}
