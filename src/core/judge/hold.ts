/**
 * The hold: a tunnel is proven once it answered for a while, not once.
 *
 * Pure. Maintainers of a field fleet found both extremes wrong: one good look forgives a link that flaps, and an
 * unbroken row of them gives up a link that is merely poor. So: the last look is good, and nine of ten are.
 */

/** One look at the tunnel. */
export interface Look {
  /** When it ended; milliseconds that never go backwards. */
  readonly atMs: number;
  readonly good: boolean;
}

export interface Hold {
  readonly held: boolean;
  /** Good looks within the hold, and all of them. */
  readonly good: number;
  readonly total: number;
}

/**
 * @param looks in the order in which they were made
 * @param holdMs how long; 0: one good look is enough
 * @returns held when (1) the newest look is good, (2) looking began at least `holdMs` before it, and (3) at least 90 %
 *   of the looks that are not older than `holdMs`, counted from the newest, are good
 */
export function judgeHold(looks: readonly Look[], holdMs: number): Hold {
  const newest = looks.at(-1);
  const oldest = looks[0];
  if (newest === undefined || oldest === undefined) return { held: false, good: 0, total: 0 };
  const fromMs = newest.atMs - holdMs;
  const within = looks.filter(({ atMs }) => atMs >= fromMs);
  const good = within.filter((look) => look.good).length;
  const held = newest.good && oldest.atMs <= fromMs && good * 10 >= within.length * 9;
  return { held, good, total: within.length };
}

/** The looks that later judgements still need: those within the hold, and the one before them that shows it is filled. */
export function recentLooks(looks: readonly Look[], holdMs: number): readonly Look[] {
  const newest = looks.at(-1);
  if (newest === undefined) return looks;
  const first = looks.findIndex(({ atMs }) => atMs > newest.atMs - holdMs);
  return looks.slice(Math.max(0, first - 1));
}
