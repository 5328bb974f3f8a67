/**
 * Sets a clock that is behind forward, before anything here asks what time it is.
 *
 * Effects through the port `Machine`. Never throws: a boot with a wrong clock is better than none.
 */
import { planClock } from '../core/boot/clock.ts';
import { describeError } from '../core/errors.ts';
import type { StateReading } from '../core/state/reading.ts';
import { RELEASED_AT } from '../core/version.ts';
import type { Ports } from './ports.ts';

/** @returns what was done, for the trace; empty when the clock is right as far as anybody here knows */
export function setClockForward({ machine }: Pick<Ports, 'machine'>, reading: StateReading): readonly string[] {
  const latestProofAt = reading.kind === 'valid' ? (reading.state.latestProofAt ?? null) : null;
  const change = planClock({ ...machine.clocks(), latestProofAt, releasedAt: RELEASED_AT });
  if (change === null) return [];
  try {
    machine.setClock(change.toMs, change.isKnown);
    return [change.why];
  } catch (error) {
    return [`${change.why}; that failed: ${describeError(error)}, ignoring`];
  }
}
