/**
 * What a boot shows, written into the state: it came alive, it failed, it has no tunnel, it was rebooted cleanly.
 *
 * Pure. The proof itself is in `mark-proven.ts`. Every function gives the same object back when nothing changes, so that
 * callers write nothing then.
 */
import { amendRecord, findRecord } from '../boot/history.ts';
import { betterOf, type Outcome, type SlotName } from '../slot.ts';
import { type BootState, type SlotState, withOutcome, withSlot } from '../state/state.ts';
import { noteOutage } from './outage.ts';
import { isOpen, type RunningBoot, requireRunning } from './running-boot.ts';

const VERDICTS = ['failed', 'no-tunnel', 'outage', 'busy', 'clock'] as const satisfies readonly Outcome[];

export interface Verdict {
  readonly outcome: (typeof VERDICTS)[number];
  readonly reason: string;
}

/** Attempts given back in a row at most: more would be an endless trial. */
const MAX_REFUNDS = 2;

/**
 * The required local checks passed. A good slot's attempts are cleared; a trial's only by the proof.
 * @throws BootError BAD_DATA when the boot is not recorded
 */
export function markAlive(state: BootState, boot: RunningBoot): BootState {
  const slot = requireRunning(state, boot);
  const current = state.current;
  if (current === null || !isOpen(state, boot) || current.alive) return state;
  // A clean boot says nothing about the normal mode, whose attempts therefore stay.
  const cleared: Partial<SlotState> =
    boot.mode === 'clean'
      ? slot.health === 'good'
        ? { cleanAttempts: 0 }
        : {}
      : slot.health === 'good'
        ? { attempts: 0, aliveAttempts: 0 }
        : { aliveAttempts: Math.min(slot.attempts, slot.aliveAttempts + 1) };
  const alive = withSlot(state, boot.slot, { best: betterOf(slot.best, 'alive'), ...cleared });
  return { ...alive, current: { ...current, alive: true } };
}

/**
 * Records that the boot could not prove itself. A failed required check is evidence: a trial is bad now. Without a
 * tunnel a trial keeps its used attempt and its health: whether it is bad shows when another slot proves itself. When a
 * good slot has no tunnel, no trial is to blame for having none: see `outage.ts`.
 * `busy`, `clock` and `outage` are nobody's fault: the attempt comes back, twice in a row at most.
 * @param at RFC 3339 UTC, or null
 * @throws BootError BAD_DATA when the boot is not recorded
 */
export function recordVerdict(
  state: BootState,
  boot: RunningBoot,
  verdict: Verdict,
  at: string | null = null,
): BootState {
  const slot = requireRunning(state, boot);
  if (verdict.outcome === 'failed') {
    // A good slot goes on to the deadline with a failed check: without a tunnel it is no better witness than any other.
    const noted = slot.health === 'good' ? noteOutage(state, boot.slot, at).state : state;
    return recordFailed(noted, boot, verdict.reason);
  }
  // Whoever is asked for the tunnel has passed the checks, also where that could not be written.
  const alive = markAlive(state, boot);
  if (slot.health !== 'good') return close(missTunnel(alive, boot, verdict), boot, verdict);
  // It lived to its verdict, so it lasts.
  const noted = noteOutage(withSlot(alive, boot.slot, { shortLived: 0 }), boot.slot, at);
  const said = describeOutage(verdict, noted.held);
  return close(isGivenBack(verdict) ? giveBack(noted.state, boot, said.reason) : noted.state, boot, said);
}

/** The evidence of a failed check, or an operator's word. @throws BootError BAD_DATA when the boot is not recorded */
export function recordFailed(state: BootState, boot: RunningBoot, reason: string): BootState {
  const slot = requireRunning(state, boot);
  const closed = close(state, boot, { outcome: 'failed', reason });
  return withSlot(closed, boot.slot, {
    evidence: reason,
    refunds: 0,
    ...(slot.health === 'trial' ? { health: 'bad' as const, held: null } : {}),
  });
}

/** A slot that is not good, without a tunnel. */
function missTunnel(state: BootState, boot: RunningBoot, verdict: Verdict): BootState {
  if (!isOpen(state, boot)) return state;
  // The ladder only goes where others had no tunnel either: nobody's fault, however often.
  if (state.current?.turn === 'ladder') return withSlot(state, boot.slot, oneLess(state, boot));
  return isGivenBack(verdict) ? giveBack(state, boot, verdict.reason) : withSlot(state, boot.slot, { refunds: 0 });
}

function isGivenBack({ outcome }: Verdict): boolean {
  return outcome === 'busy' || outcome === 'clock' || outcome === 'outage';
}

/** A good slot without a tunnel, and trials that had none: that is an outage, whatever it was called before. */
function describeOutage(verdict: Verdict, held: readonly SlotName[]): Verdict {
  if (held.length === 0) return verdict;
  const names = held.length === 1 ? `slot ${held[0]}` : `slots ${held.join(', ')}`;
  const what = `${names} had no tunnel either, so this is an outage and not the fault of the trial: its attempts came back, and it is offered again when the tunnel has been back for a while`;
  return { outcome: 'outage', reason: `${verdict.reason}; ${what}` };
}

/** How a boot ended. */
interface Ending {
  readonly outcome: Outcome;
  readonly reason: string;
}

function close(state: BootState, boot: RunningBoot, { outcome, reason }: Ending): BootState {
  // An older boot that is open still is settled by the next one: this one could not be saved.
  const current = isOpen(state, boot) ? null : state.current;
  const closed = amendRecord({ ...state, current }, boot.bootId, boot.slot, { outcome, reason });
  return withOutcome(withSlot(closed, boot.slot, { reason }), boot.slot, outcome);
}

/**
 * The system was asked to go down before its verdict: not the slot's fault. Gives the attempt back, twice in a row at most.
 * @throws BootError BAD_DATA when the boot is not recorded
 */
export function refundCleanReboot(state: BootState, boot: RunningBoot): BootState {
  const slot = requireRunning(state, boot);
  if (!isOpen(state, boot)) return state;
  const isBack = slot.refunds < MAX_REFUNDS;
  const reason = `rebooted cleanly before its verdict; its attempt ${isBack ? 'came back' : 'stays used: this was the third time in a row'}`;
  const outcome = state.current?.alive === true ? 'alive' : 'cut';
  return close(giveBack(state, boot, reason), boot, { outcome, reason });
}

/** @param state with the boot still open: whether it came alive is part of what comes back */
function giveBack(state: BootState, boot: RunningBoot, reason: string): BootState {
  const slot = state.slots[boot.slot];
  if (slot === undefined) return state;
  if (!isOpen(state, boot)) return state;
  if (slot.refunds >= MAX_REFUNDS) return withSlot(state, boot.slot, { reason, refunds: 0 });
  const without = state.round;
  const back: BootState = {
    ...state,
    round: {
      ...without,
      clean: without.clean.filter((name) => name !== boot.slot),
      recovery: without.recovery.filter((name) => name !== boot.slot),
    },
  };
  return withSlot(back, boot.slot, { reason, refunds: slot.refunds + 1, ...oneLess(state, boot) });
}

function oneLess(state: BootState, boot: RunningBoot): Partial<SlotState> {
  const slot = state.slots[boot.slot];
  if (slot === undefined) return {};
  if (boot.mode === 'clean') return { cleanAttempts: Math.max(0, slot.cleanAttempts - 1) };
  const cameAlive = state.current?.alive === true ? 1 : 0;
  return {
    attempts: Math.max(0, slot.attempts - 1),
    aliveAttempts: Math.max(0, slot.aliveAttempts - cameAlive),
  };
}

/** The verdict on `boot` as it is recorded, which may say more than what `confirm` saw; null: there is none. */
export function verdictOn(state: BootState, boot: RunningBoot): Verdict | null {
  const record = findRecord(state, boot.bootId, boot.slot);
  const outcome = VERDICTS.find((each) => each === record?.outcome);
  return outcome === undefined ? null : { outcome, reason: record?.reason ?? 'no reason recorded' };
}

/**
 * Whether the node stays on the running slot after a verdict without a proof. A good slot stays: in an outage no other
 * one would do better. A clean boot in its turn is one of the ways that are tried one after the other, so it makes room
 * for the next; where the ladder of `tend` sent the node, the ladder goes on from there.
 * @param state before the verdict
 */
export function staysAfterVerdict(state: BootState, boot: RunningBoot, { outcome }: Verdict): boolean {
  const slot = requireRunning(state, boot);
  const turn = isOpen(state, boot) ? state.current?.turn : findRecord(state, boot.bootId, boot.slot)?.turn;
  if (turn === 'ladder') return slot.health === 'good' || outcome !== 'failed';
  return slot.health === 'good' && turn !== 'clean';
}
