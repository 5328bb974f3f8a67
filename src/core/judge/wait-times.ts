/**
 * When `confirm --wait` looks, and when it stops.
 *
 * Pure. Times are seconds since the kernel started. Invariant: the deadline moves at most once, and only for a server
 * that says itself that an older connection holds our port.
 */
import type { TunnelSample } from './sample.ts';

const LOOK_EVERY_MS = 10_000;
const BUSY_EVERY_MS = 30_000;
/** Between two looks, however long they take: the node has other things to do. */
const LEAST_PAUSE_MS = 1_000;

export interface Wait {
  readonly deadlineSeconds: number;
  readonly stretched: boolean;
}

/** @returns the wait with its deadline moved, or the same one when it may not be moved */
export function stretchForBusy(wait: Wait, sample: TunnelSample, busySeconds: number): Wait {
  if (sample.kind !== 'busy' || wait.stretched || busySeconds === 0) return wait;
  return { deadlineSeconds: wait.deadlineSeconds + busySeconds, stretched: true };
}

/** Milliseconds until the next look, which is at the deadline at the latest. */
export function pauseMs(sample: TunnelSample, lookMs: number, untilDeadlineMs: number): number {
  const every = sample.kind === 'busy' ? BUSY_EVERY_MS : LOOK_EVERY_MS;
  return Math.round(Math.max(LEAST_PAUSE_MS, Math.min(every - lookMs, untilDeadlineMs)));
}
