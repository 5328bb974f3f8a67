/** What a collection keeps, and that it keeps nothing else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { type Layer, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { type Garbage, type StoreContent, selectGarbage, type UpperName } from '../../../src/core/store/garbage.ts';
import { NO_PAIR, type Pair } from '../../../src/core/store/pair.ts';
import type { Snapshot } from '../../../src/core/store/snapshot.ts';
import { spec } from '../../support/spec.ts';

const BASE = sha256('base');
const LAYERS: readonly Layer[] = ['one', 'two', 'three', 'four'].map((name) => ({
  digest: sha256(name),
  form: 'erofs',
  sizeBytes: 10,
}));
const ALL = fc.sample(fc.shuffledSubarray([...LAYERS], { minLength: 1 }), { seed: 7, numRuns: 8 }).map(manifestOf);
const IDS = [BASE, ...ALL.map(({ id }) => id)];

function manifestOf(layers: readonly Layer[]): Manifest {
  const rest = { sameAs: null, parent: null, createdAt: null, description: '', packages: null };
  return makeManifest({ base: { id: BASE, version: null }, layers, ...rest });
}

function snapshotOf(number: number, deployment: string): Snapshot {
  const rest = { proof: null, createdAt: null, description: '', userData: {}, cleanup: null, pinned: false } as const;
  return { number, type: 'single', preNumber: null, deployment, slot: 'a', ...rest };
}

function contentOf(change: Partial<StoreContent>): StoreContent {
  return {
    pair: NO_PAIR,
    snapshots: [],
    snapshotsAreWhole: true,
    manifests: Object.fromEntries(ALL.map((each) => [each.id, each])),
    layers: LAYERS,
    uppers: [],
    bases: { a: BASE, b: BASE },
    running: null,
    bootId: 'now',
    ...change,
  };
}

const id = fc.constantFrom(...IDS);
const number = fc.option(fc.nat(2), { nil: null });
const ownId = fc.option(fc.constantFrom(...ALL.map((each) => each.id)), { nil: null });

const pair: fc.Arbitrary<Pair> = fc
  .record({
    a: ownId,
    b: ownId,
    ua: number,
    ub: number,
    before: ownId,
    beforeUpper: number,
    isNow: fc.boolean(),
    isTaken: fc.boolean(),
  })
  .map(({ a, b, ua, ub, before, beforeUpper, isNow, isTaken }) => {
    const entries = <T>(of: Readonly<Record<string, T | null>>) =>
      Object.fromEntries(Object.entries(of).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
    const roles = { active: 'a', inactive: 'b', writable: 'b', at: null };
    const taken = isTaken ? { ...roles, before, beforeUpper, bootId: isNow ? 'now' : 'then' } : null;
    return { slots: entries({ a, b }), uppers: entries({ a: ua, b: ub }), lastUpper: 2, taken };
  });

const upper: fc.Arbitrary<UpperName> = fc
  .record({ slot: fc.constantFrom('a', 'b', 's1'), id, number })
  .map(({ slot, id, number }) => ({ slot, key: number === null ? id : `${id}.${number}` }));

const content: fc.Arbitrary<StoreContent> = fc
  .record({
    pair,
    kept: fc.array(id, { maxLength: 2 }),
    uppers: fc.uniqueArray(upper, { maxLength: 8, selector: ({ slot, key }) => `${slot}-${key}` }),
    running: fc.option(fc.record({ slot: fc.constantFrom('a', 'b'), deploymentId: id }), { nil: null }),
  })
  .map(({ kept, ...rest }) =>
    contentOf({ ...rest, snapshots: kept.map((each, index) => snapshotOf(index + 1, each)) }),
  );

/** Said once more, in the simplest way: every id that anything names. */
function needed({ pair, snapshots, running, bootId }: StoreContent): ReadonlySet<string | null> {
  const before = pair.taken?.bootId === bootId ? pair.taken.before : null;
  return new Set([
    ...Object.values(pair.slots),
    ...snapshots.map(({ deployment }) => deployment),
    before,
    running?.deploymentId ?? null,
  ]);
}

function collect(store: StoreContent, garbage: Garbage): StoreContent {
  return {
    ...store,
    uppers: store.uppers.filter((each) => !garbage.uppers.includes(each)),
    manifests: Object.fromEntries(
      Object.entries(store.manifests).filter(([each]) => !garbage.manifests.includes(each)),
    ),
    layers: store.layers.filter((each) => !garbage.layers.includes(each)),
  };
}

const SEED = { seed: 20261122, numRuns: 3000 };

spec('selectGarbage()', {
  'keeps every layer and manifest that anything names, and no other': () => {
    fc.assert(
      fc.property(content, (store) => {
        const kept = collect(store, selectGarbage(store));
        const ids = ALL.filter((each) => needed(store).has(each.id));
        assert.deepEqual(Object.keys(kept.manifests).sort(), [...new Set(ids.map((each) => each.id))].sort());
        const digests = new Set(ids.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
        assert.deepEqual(new Set(kept.layers.map(({ digest }) => digest)), digests);
      }),
      SEED,
    );
  },
  'keeps the upper of what each slot holds, and the session': () => {
    fc.assert(
      fc.property(content, (store) => {
        const { pair, bootId } = store;
        const keyOf = (id: string, at: number | string | null | undefined) =>
          typeof at === 'string' ? at : at == null ? id : `${id}.${at}`;
        const gone = selectGarbage(store).uppers.map(({ slot, key }) => `${slot}-${key}`);
        for (const slot of ['a', 'b']) {
          assert.ok(!gone.includes(`${slot}-${keyOf(pair.slots[slot] ?? BASE, pair.uppers[slot])}`));
        }
        const { taken } = pair;
        if (taken?.bootId === bootId) assert.ok(!gone.includes(`a-${keyOf(taken.before ?? BASE, taken.beforeUpper)}`));
      }),
      SEED,
    );
  },
  'finds nothing more the second time': () => {
    fc.assert(
      fc.property(content, (store) => {
        const once = collect(store, selectGarbage(store));
        assert.deepEqual(selectGarbage(once), { uppers: [], manifests: [], layers: [] });
      }),
      SEED,
    );
  },
  'keeps what runs, also when its slot has got another stack since': () => {
    const [old, next] = [manifestOf(LAYERS.slice(0, 1)), manifestOf(LAYERS.slice(1, 2))];
    const store = contentOf({
      manifests: { [old.id]: old, [next.id]: next },
      pair: { ...NO_PAIR, slots: { a: next.id } },
      running: { slot: 'a', deploymentId: old.id },
      uppers: [{ slot: 'a', key: old.id }],
    });
    assert.deepEqual(selectGarbage(store), { uppers: [], manifests: [], layers: LAYERS.slice(2) });
  },
  'deletes no layer while a manifest that is needed cannot be read': () => {
    const [gone] = ALL;
    assert.ok(gone !== undefined);
    const store = contentOf({ pair: { ...NO_PAIR, slots: { a: gone.id } }, manifests: { [gone.id]: null } });
    assert.deepEqual(selectGarbage(store), { uppers: [], manifests: [], layers: [] });
    const unneeded = selectGarbage({ ...store, pair: NO_PAIR });
    assert.deepEqual([unneeded.manifests, unneeded.layers.length], [[gone.id], 4]);
  },
  'deletes nothing at all while a snapshot cannot be read': () => {
    assert.deepEqual(selectGarbage(contentOf({ snapshotsAreWhole: false })), { uppers: [], manifests: [], layers: [] });
  },
  'leaves a slot that cannot be looked into, or is not configured, its uppers': () => {
    const uppers = [
      { slot: 'a', key: 'x' },
      { slot: 'old', key: BASE },
    ];
    assert.deepEqual(selectGarbage(contentOf({ bases: {}, uppers })).uppers, []);
  },
  'spares the upper that was last used on another base, as the boot stage does': () => {
    const uppers = ['newer', 'older'].map((key) => ({ slot: 'a', key: sha256(key) }));
    const numbered = { slot: 'a', key: `${sha256('newest')}.3` };
    assert.deepEqual(selectGarbage(contentOf({ uppers: [numbered, ...uppers] })).uppers, [numbered, uppers[1]]);
  },
  'deletes the upper of a snapshot with the snapshot': () => {
    const uppers = [{ slot: 's1', key: BASE }];
    assert.deepEqual(selectGarbage(contentOf({ uppers, snapshots: [snapshotOf(1, BASE)] })).uppers, []);
    assert.deepEqual(selectGarbage(contentOf({ uppers })).uppers, uppers);
  },
});
