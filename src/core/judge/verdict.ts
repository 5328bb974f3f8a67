/**
 * What a boot shows, written into the state: it came alive, it failed, it has no tunnel, it was rebooted cleanly.
 *
 * Pure. The proof itself is in `mark-proven.ts`. Every function gives the same object back when nothing changes, so that
 * callers write nothing then.
 */
import { amendRecord } from '../boot/history.ts';
import { betterOf, type Outcome } from '../slot.ts';
import { type BootState, type SlotState, withSlot } from '../state/state.ts';
import { isOpen, type RunningBoot, requireRunning } from './running-boot.ts';

export interface Verdict {
  readonly outcome: Extract<Outcome, 'failed' | 'no-tunnel' | 'outage' | 'busy' | 'clock'>;
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
    slot.health !== 'good' ? {} : boot.mode === 'clean' ? { cleanAttempts: 0 } : { attempts: 0 };
  const alive = withSlot(state, boot.slot, { best: betterOf(slot.best, 'alive'), ...cleared });
  return { ...alive, current: { ...current, alive: true } };
}

/**
 * Records that the boot could not prove itself. A failed required check is evidence: a trial is bad now. Without a
 * tunnel a trial keeps its used attempt and its health: whether it is bad shows when another slot proves itself.
 * `busy`, `clock` and `outage` are nobody's fault: the attempt comes back, twice in a row at most.
 * @throws BootError BAD_DATA when the boot is not recorded
 */
export function recordVerdict(state: BootState, boot: RunningBoot, verdict: Verdict): BootState {
  const slot = requireRunning(state, boot);
  const { outcome, reason } = verdict;
  const closed = amendRecord({ ...state, current: null }, boot.bootId, boot.slot, { outcome, reason });
  switch (outcome) {
    case 'failed':
      return withSlot(closed, boot.slot, {
        reason,
        evidence: reason,
        refunds: 0,
        ...(slot.health === 'trial' ? { health: 'bad' as const } : {}),
      });
    case 'no-tunnel':
      return withSlot(closed, boot.slot, { reason, refunds: 0 });
    case 'busy':
    case 'clock':
    case 'outage':
      return isOpen(state, boot) ? giveBack(closed, boot, reason) : withSlot(closed, boot.slot, { reason });
    default:
      return outcome satisfies never;
  }
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
  const closed = amendRecord({ ...state, current: null }, boot.bootId, boot.slot, { outcome, reason });
  return giveBack(closed, boot, reason);
}

function giveBack(state: BootState, boot: RunningBoot, reason: string): BootState {
  const slot = state.slots[boot.slot];
  if (slot === undefined) return state;
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
  return withSlot(back, boot.slot, { reason, refunds: slot.refunds + 1, ...oneLess(slot, boot) });
}

function oneLess(slot: SlotState, boot: RunningBoot): Partial<SlotState> {
  if (boot.mode !== 'clean') return { attempts: Math.max(0, slot.attempts - 1) };
  return { cleanAttempts: Math.max(0, slot.cleanAttempts - 1) };
}
