/** What the rules of `[snapshots]` give up, and what they never do. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SnapshotsConfig } from '../../../src/core/config/config.ts';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { type CleanupFacts, selectCleanup } from '../../../src/core/store/select-cleanup.ts';
import { SNAPSHOT_RULES, type Snapshot } from '../../../src/core/store/snapshot.ts';
import { spec } from '../../support/spec.ts';

const NO_TIMES = { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const ALL: SnapshotsConfig = {
  ...{ number: 99, timeline: NO_TIMES, ageSeconds: 0, freeBytes: 0, hooks: { apt: false, dnf: false, zypper: false } },
};
const NOW = '2026-11-22T12:00:00Z';

function snapshotOf(number: number, change: Partial<Snapshot> = {}): Snapshot {
  return {
    ...{ number, type: 'single', preNumber: null, deployment: sha256(String(number)), slot: 'a', proof: null },
    ...{ createdAt: NOW, description: '', userData: {}, cleanup: 'number', pinned: false },
    ...change,
  };
}

function factsOf(snapshots: readonly Snapshot[], change: Partial<CleanupFacts> = {}): CleanupFacts {
  const layers = { ...{ layers: {}, needed: new Set<string>() }, protected: new Set<number>() };
  return { limits: ALL, snapshots, now: NOW, freeBytes: 0, ...layers, ...change };
}

function given(snapshots: readonly Snapshot[], change: Partial<CleanupFacts> = {}): readonly number[] {
  return selectCleanup(factsOf(snapshots, change)).map(({ number }) => number);
}

const at = (text: string): Partial<Snapshot> => ({ createdAt: text, cleanup: 'timeline' });

const limit = fc.nat(3);
const limits: fc.Arbitrary<SnapshotsConfig> = fc
  .record({
    number: limit,
    timeline: fc.record({ hourly: limit, daily: limit, weekly: limit, monthly: limit, yearly: limit }),
    days: fc.nat(60),
    freeBytes: fc.nat(60),
  })
  .map(({ days, ...rest }) => ({ ...ALL, ...rest, ageSeconds: days * 86_400 }));
const facts: fc.Arbitrary<CleanupFacts> = fc
  .record({
    limits,
    each: fc.array(
      fc.record({
        cleanup: fc.option(fc.constantFrom(...SNAPSHOT_RULES), { nil: null }),
        pinned: fc.boolean(),
        hoursAgo: fc.option(fc.nat(2000), { nil: null }),
        isPost: fc.boolean(),
        layers: fc.subarray(['a', 'b', 'c', 'd']),
        isProtected: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
    needed: fc.subarray(['a', 'b', 'c', 'd']),
    freeBytes: fc.nat(60),
  })
  .map(({ limits: set, each, needed, freeBytes }) => {
    const made = each.map(({ cleanup, pinned, hoursAgo, isPost, layers }, index) => {
      const createdAt =
        hoursAgo === null ? null : new Date(Date.parse(NOW) - hoursAgo * 3_600_000).toISOString().replace('.000', '');
      const pair = isPost && index > 0 ? { type: 'post' as const, preNumber: index } : {};
      return snapshotOf(index + 1, { cleanup, pinned, createdAt, deployment: sha256(layers.join()), ...pair });
    });
    const layers = each.map((one, index) => {
      return [index + 1, one.layers.map((digest) => ({ digest, form: 'erofs' as const, sizeBytes: 10 }))] as const;
    });
    const safe = each.flatMap((one, index) => (one.isProtected ? [index + 1] : []));
    return factsOf(made, {
      ...{ limits: set, layers: Object.fromEntries(layers), needed: new Set(needed), freeBytes },
      protected: new Set(safe),
    });
  });

const SEED = { seed: 20261122, numRuns: 3000 };

spec('selectCleanup()', {
  'never gives up what is pinned, protected or without a rule': () => {
    fc.assert(
      fc.property(facts, (all) => {
        for (const { number } of selectCleanup(all)) {
          const { pinned, cleanup } = all.snapshots.find((each) => each.number === number) ?? assert.fail();
          assert.deepEqual([pinned, all.protected.has(number), cleanup === null], [false, false, false]);
        }
      }),
      SEED,
    );
  },
  'gives up nothing more the second time': () => {
    fc.assert(
      fc.property(facts, (all) => {
        const gone = new Set(selectCleanup(all).map(({ number }) => number));
        const snapshots = all.snapshots.filter(({ number }) => !gone.has(number));
        const kept = new Set(snapshots.flatMap(({ number }) => all.layers[number]?.map(({ digest }) => digest) ?? []));
        const had = new Set(
          all.snapshots.flatMap(({ number }) => all.layers[number]?.map(({ digest }) => digest) ?? []),
        );
        const freed = [...had].filter((digest) => !kept.has(digest) && !all.needed.has(digest)).length * 10;
        assert.deepEqual(selectCleanup({ ...all, snapshots, freeBytes: all.freeBytes + freed }), []);
      }),
      SEED,
    );
  },
  'keeps as many of each rule as its limits say': () => {
    fc.assert(
      fc.property(facts, (all) => {
        const gone = new Set(
          selectCleanup({ ...all, limits: { ...all.limits, freeBytes: 0, ageSeconds: 0 } }).map(({ number }) => number),
        );
        const free = all.snapshots.filter((each) => !each.pinned && !all.protected.has(each.number));
        const left = (rule: string) => free.filter((each) => each.cleanup === rule && !gone.has(each.number)).length;
        assert.ok(left('number') <= all.limits.number);
        const periods = Object.values(all.limits.timeline).reduce((sum, each) => sum + each, 0);
        const undated = free.filter(({ cleanup, createdAt }) => cleanup === 'timeline' && createdAt === null).length;
        assert.ok(left('timeline') <= periods + undated);
      }),
      SEED,
    );
  },
  'keeps the newest by number': () => {
    const five = [1, 2, 3, 4, 5].map((number) => snapshotOf(number, number === 2 ? { cleanup: null } : {}));
    assert.deepEqual(given(five, { limits: { ...ALL, number: 2 } }), [1, 3]);
    assert.deepEqual(given(five, { limits: { ...ALL, number: 2 }, protected: new Set([3]) }), [1]);
  },
  'keeps the newest of each day, week and month': () => {
    const kept = [
      '2026-09-30T01:00:00Z',
      '2026-11-15T23:00:00Z',
      '2026-11-16T00:00:00Z',
      '2026-11-22T01:00:00Z',
      '2026-11-22T02:00:00Z',
    ];
    const all = kept.map((text, index) => snapshotOf(index + 1, at(text)));
    const by = (timeline: Partial<typeof NO_TIMES>) => ({ limits: { ...ALL, timeline: { ...NO_TIMES, ...timeline } } });
    assert.deepEqual(given(all, by({ daily: 2 })), [1, 2, 4]);
    assert.deepEqual(given(all, by({ weekly: 2 })), [1, 3, 4]);
    assert.deepEqual(given(all, by({ monthly: 2, hourly: 1 })), [2, 3, 4]);
    assert.deepEqual(given([snapshotOf(1, { cleanup: 'timeline', createdAt: null })], by({})), []);
  },
  'gives up what is too old, where the clock can tell': () => {
    const two = [snapshotOf(1, { createdAt: '2026-10-01T00:00:00Z' }), snapshotOf(2)];
    const limits = { ...ALL, ageSeconds: 30 * 86_400 };
    assert.deepEqual([given(two, { limits }), given(two, { limits, now: null })], [[1], []]);
  },
  'gives up the oldest until there is room, and none that frees nothing': () => {
    const layer = (digest: string) => ({ digest, form: 'erofs' as const, sizeBytes: 10 });
    const three = [1, 2, 3].map((number) => snapshotOf(number));
    const layers = { 1: [layer('shared')], 2: [layer('shared'), layer('own')], 3: [layer('new')] };
    const ask = (freeBytes: number) =>
      given(three, { limits: { ...ALL, freeBytes }, layers, needed: new Set(['shared']) });
    assert.deepEqual([ask(0), ask(10), ask(20), ask(99)], [[], [2], [2, 3], [2, 3]]);
  },
  'gives up a pair around a command that changed nothing': () => {
    const pair = [
      snapshotOf(1, { type: 'pre', cleanup: 'empty-pre-post', deployment: sha256('x') }),
      snapshotOf(2, { type: 'post', preNumber: 1, deployment: sha256('x') }),
    ];
    assert.deepEqual(given(pair), [1, 2]);
    assert.deepEqual(given(pair.map((each) => ({ ...each, deployment: sha256(String(each.number)) }))), []);
    assert.deepEqual(given([{ ...pair[0], pinned: true } as Snapshot, pair[1] as Snapshot]), [2]);
  },
});
