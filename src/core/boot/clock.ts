/**
 * Whether the clock is behind what must have passed already, and where it is to be set.
 *
 * Pure. A clock that begins in 1970 or at the firmware's release makes certificates invalid and ssh refuse its server, so
 * it is set before any of that. Invariant: only ever forward; a clock that is ahead is for NTP to put right.
 */

export interface ClockFacts {
  readonly nowMs: number;
  /** What the hardware clock says; null: there is none that can be read. */
  readonly rtcMs: number | null;
  /** RFC 3339; the latest time seen at a proof, or null. */
  readonly latestProofAt: string | null;
  /** RFC 3339; when this release was made. */
  readonly releasedAt: string;
}

export interface ClockChange {
  readonly toMs: number;
  /** False: it is only known not to be earlier, so times from it are not recorded. */
  readonly isKnown: boolean;
  readonly why: string;
}

/** A proof in 2099 was made by a clock that was wrong; set to that at each boot, certificates stay expired without NTP. */
const LONGEST_USE_MS = 20 * 366 * 86_400_000;

/** Two clocks of one machine differ by less. */
const TOLERANCE_MS = 60_000;

/** @returns null when nothing speaks for a later time */
export function planClock({ nowMs, rtcMs, latestProofAt, releasedAt }: ClockFacts): ClockChange | null {
  const candidates = [
    { ms: rtcMs ?? Number.NaN, isKnown: true, name: 'the hardware clock' },
    { ms: Date.parse(latestProofAt ?? ''), isKnown: false, name: 'the last proof' },
    { ms: Date.parse(releasedAt), isKnown: false, name: 'the release of lifeboot' },
  ];
  const last = Date.parse(releasedAt) + LONGEST_USE_MS;
  const [latest] = candidates
    .filter(({ ms }) => ms > nowMs + TOLERANCE_MS && ms <= last)
    .sort((left, right) => right.ms - left.ms);
  if (latest === undefined) return null;
  const why = `the clock said ${formatTime(nowMs)}, and is set forward to ${formatTime(latest.ms)}, the time of ${latest.name}`;
  return { toMs: latest.ms, isKnown: latest.isKnown, why };
}

function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
