/**
 * What `tend` remembers of its looks at the tunnel in this boot, and what they say about the link.
 *
 * Pure; the memory lives in `/run/lifeboot/tend.json`, times are seconds since the kernel started. Field fleets found
 * both extremes wrong: one passing look that resets everything lets a mostly dead link never come to its reboot, and one
 * failing look that counts drives a mostly good link up the ladder. So there are three kinds of link: *healthy* (two
 * looks in three are good, for ten minutes) forgets the time away, *away* (fewer than one in three) counts it, and
 * between them, a *blippy* link, neither forgets nor counts.
 */
import type { Rung } from './rungs.ts';

/** The looks that count. */
const WINDOW_SECONDS = 900;
/** A link that was away is healthy again after so long. */
const HEALTHY_SECONDS = 600;
/** A timer that did not run for hours says nothing about the tunnel in those hours. */
const LONGEST_GAP_SECONDS = 300;

export interface TendLook {
  readonly at: number;
  readonly good: boolean;
}

export interface TendMemory {
  /** When the first look was taken, or when a look proved the boot after all; null: none yet. */
  readonly since: number | null;
  /** Oldest first, none older than the window. */
  readonly looks: readonly TendLook[];
  /** For how long the tunnel has been away, in seconds. */
  readonly away: number;
  /** Seconds of failing looks since the last good one. */
  readonly streak: number;
  /** Since when the link is healthy, or null. */
  readonly healthySince: number | null;
  /** Rungs taken in this boot that no reboot has written into the boot state yet. */
  readonly taken: readonly Rung[];
  /** Until when an unchanged tunnel needs no look. */
  readonly quietUntil: number | null;
  /** The ssh process that was proven at the last look. */
  readonly master: string | null;
  /** The boot state holds nothing that a working tunnel would change. */
  readonly settled: boolean;
  /** The boot state could not be written: nothing that needs it is tried. */
  readonly unwritable: boolean;
}

/** @param away seconds: a boot that had no tunnel at its verdict has been away since it started */
export function freshMemory(away: number): TendMemory {
  return {
    since: null,
    looks: [],
    away,
    streak: away,
    healthySince: null,
    taken: [],
    quietUntil: null,
    master: null,
    settled: false,
    unwritable: false,
  };
}

/** The memory after one more look. */
export function noteLook(memory: TendMemory, look: TendLook): TendMemory {
  const last = memory.looks.at(-1);
  const since = memory.since ?? look.at;
  const looks = [...memory.looks, look].filter(({ at }) => at > look.at - WINDOW_SECONDS && at <= look.at);
  if (look.good) return noteGood({ ...memory, since, looks, streak: 0, unwritable: false }, memory.looks, look.at);
  const gap = last === undefined ? 0 : Math.max(0, Math.min(look.at - last.at, LONGEST_GAP_SECONDS));
  const streak = memory.streak + gap;
  const away = isAway(looks) ? Math.max(memory.away + gap, streak) : memory.away;
  return { ...memory, since, looks, streak, away, healthySince: null, settled: false };
}

function noteGood(memory: TendMemory, before: readonly TendLook[], at: number): TendMemory {
  const first = before[0];
  const isFilled = memory.away === 0 || (first !== undefined && first.at <= at - HEALTHY_SECONDS);
  if (!isFilled || shareOf(memory.looks) < 2 / 3) return { ...memory, healthySince: null };
  return { ...memory, away: 0, taken: [], healthySince: memory.healthySince ?? at };
}

/**
 * Whether the tunnel was held: it answers now, and nine looks in ten did since one that is `seconds` old. Looks are a minute
 * apart here, or more, so what lies between a bad one and a good one counts for nothing.
 */
export function isHeld(looks: readonly TendLook[], seconds: number): boolean {
  const newest = looks.at(-1);
  if (newest?.good !== true) return false;
  const least = Math.min(seconds, HEALTHY_SECONDS);
  return looks.some(({ at, good }, from) => good && newest.at - at >= least && shareOf(looks.slice(from)) >= 0.9);
}

function isAway(looks: readonly TendLook[]): boolean {
  return shareOf(looks) < 1 / 3;
}

function shareOf(looks: readonly TendLook[]): number {
  return looks.length === 0 ? 0 : looks.filter(({ good }) => good).length / looks.length;
}
