/**
 * Which kept snapshots the rules of `[snapshots]` give up.
 *
 * Pure. Invariant: never one without a rule, never one that is protected, and a second look gives up nothing more. What has
 * no date is given up by number and for room alone, because nobody can tell how old it is.
 */
import type { SnapshotsConfig } from '../config/config.ts';
import type { Layer } from './deployment.ts';
import type { Snapshot, SnapshotRule } from './snapshot.ts';

export interface CleanupFacts {
  readonly limits: SnapshotsConfig;
  readonly snapshots: readonly Snapshot[];
  /** Numbers that stay whatever the rules say. */
  readonly protected: ReadonlySet<number>;
  /** RFC 3339 UTC; null: the clock is not trusted. */
  readonly now: string | null;
  readonly freeBytes: number;
  /** By number: what each is made of. One that cannot be read has none. */
  readonly layers: Readonly<Record<number, readonly Layer[]>>;
  /** Digests of layers that stay for another reason. */
  readonly needed: ReadonlySet<string>;
}

export interface GivenUp {
  readonly number: number;
  /** In words. */
  readonly why: string;
}

/** @returns by number */
export function selectCleanup(facts: CleanupFacts): readonly GivenUp[] {
  const free = facts.snapshots.filter(({ number, pinned, cleanup }) => {
    return cleanup !== null && !pinned && !facts.protected.has(number);
  });
  const byRule = [
    ...byEmptyPairs(free, facts),
    ...byNumber(free, facts),
    ...byTimeline(free, facts),
    ...byAge(free, facts),
  ];
  const first = new Map(byRule.toReversed().map((each) => [each.number, each]));
  const left = free.filter(({ number }) => !first.has(number));
  const all = [...first.values(), ...byRoom(left, [...first.keys()], facts)];
  return all.toSorted((one, other) => one.number - other.number);
}

/** Numbers only grow, so they tell the order where the clock does not. */
function newestFirst(snapshots: readonly Snapshot[], rule?: SnapshotRule): readonly Snapshot[] {
  const of = rule === undefined ? snapshots : snapshots.filter(({ cleanup }) => cleanup === rule);
  return of.toSorted((one, other) => other.number - one.number);
}

/** Where the pre has to stay, the post goes alone: it shows nothing else. */
function byEmptyPairs(free: readonly Snapshot[], { snapshots }: CleanupFacts): readonly GivenUp[] {
  return free.flatMap((post) => {
    const pre = post.type === 'post' ? snapshots.find(({ number }) => number === post.preNumber) : undefined;
    if (pre === undefined || pre.deployment !== post.deployment) return [];
    const why = `nothing changed between ${pre.number} and ${post.number}`;
    return [pre, post].filter((each) => free.includes(each)).map(({ number }) => ({ number, why }));
  });
}

function byNumber(free: readonly Snapshot[], { limits: { number: limit } }: CleanupFacts): readonly GivenUp[] {
  const old = newestFirst(free, 'number').slice(limit);
  return old.map(({ number }) => ({ number, why: `more than ${limit} of rule number` }));
}

/** How much of a date names the period that it is in. A week begins on Monday. */
const PERIODS: readonly (readonly [keyof SnapshotsConfig['timeline'], (at: string) => string])[] = [
  ['hourly', (at) => at.slice(0, 13)],
  ['daily', (at) => at.slice(0, 10)],
  ['weekly', weekOf],
  ['monthly', (at) => at.slice(0, 7)],
  ['yearly', (at) => at.slice(0, 4)],
];

const DAY_MS = 86_400_000;

function weekOf(at: string): string {
  // 1970 began on a Thursday.
  return String(Math.floor((Date.parse(at) / DAY_MS + 3) / 7));
}

/** Of each period the newest stays, for as many periods as the limit says. */
function byTimeline(free: readonly Snapshot[], { limits }: CleanupFacts): readonly GivenUp[] {
  const dated = newestFirst(free, 'timeline').filter(({ createdAt }) => createdAt !== null);
  const kept = new Set(PERIODS.flatMap(([name, periodOf]) => newestOfEach(dated, limits.timeline[name], periodOf)));
  return dated
    .filter(({ number }) => !kept.has(number))
    .map(({ number }) => ({ number, why: 'the timeline has a newer one for each period' }));
}

function newestOfEach(dated: readonly Snapshot[], limit: number, periodOf: (at: string) => string): readonly number[] {
  const newest = new Map<string, number>();
  for (const { number, createdAt } of dated) {
    const period = periodOf(createdAt ?? '');
    if (!newest.has(period)) newest.set(period, number);
  }
  return [...newest.values()].slice(0, limit);
}

function byAge(free: readonly Snapshot[], { limits: { ageSeconds }, now }: CleanupFacts): readonly GivenUp[] {
  if (ageSeconds === 0 || now === null) return [];
  const oldest = Date.parse(now) - ageSeconds * 1000;
  return free
    .filter(({ createdAt }) => createdAt !== null && Date.parse(createdAt) < oldest)
    .map(({ number }) => ({ number, why: 'older than [snapshots] age' }));
}

/** The oldest first, until there is as much room as is asked for, or nothing more is gained. */
function byRoom(left: readonly Snapshot[], gone: readonly number[], facts: CleanupFacts): readonly GivenUp[] {
  const { freeBytes, limits } = facts;
  const given: number[] = [];
  for (const { number } of newestFirst(left).toReversed()) {
    const before = freedBytes([...gone, ...given], facts);
    if (freeBytes + before >= limits.freeBytes) break;
    // One whose layers others need frees nothing, and is no price to pay.
    if (freedBytes([...gone, ...given, number], facts) > before) given.push(number);
  }
  return given.map((number) => ({ number, why: 'less room than [snapshots] free' }));
}

function freedBytes(gone: readonly number[], { snapshots, layers, needed }: CleanupFacts): number {
  const left = snapshots.filter(({ number }) => !gone.includes(number));
  const kept = new Set(left.flatMap(({ number }) => (layers[number] ?? []).map(({ digest }) => digest)));
  const freed = gone.flatMap((number) => layers[number] ?? []);
  const once = new Map(freed.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  return [...once].reduce((sum, [digest, bytes]) => (kept.has(digest) || needed.has(digest) ? sum : sum + bytes), 0);
}
