/** `lifeboot store`: what it shows, what it reads, what it deletes and merges, and what a cut leaves. */
import assert from 'node:assert/strict';
import { sha256 } from '../../src/core/root/base-id.ts';
import { bareManifest, type Layer, type Manifest, makeManifest } from '../../src/core/store/deployment.ts';
import { NO_PAIR, type Pair, upperKey } from '../../src/core/store/pair.ts';
import type { Snapshot } from '../../src/core/store/snapshot.ts';
import type { FakeLayersSetup } from '../support/fake-layers.ts';
import { BOOT_ID, bootInfo, goodSlot, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { BASE, flat, problems, trySnapshot } from '../support/try-snapshot.ts';

const LAYERS = ['one', 'two', 'three', 'odd'].map(
  (text): Layer => ({ digest: sha256(text), form: 'erofs', sizeBytes: 4096 }),
) as [Layer, Layer, Layer, Layer];
const [ONE, TWO, THREE, ODD] = LAYERS;

function on(...layers: readonly Layer[]): Manifest {
  return makeManifest({ ...bareManifest({ id: BASE, version: '1' }), layers });
}

const [A, B, KEPT] = [on(ONE, TWO), on(ONE), on(ONE, TWO, THREE)];
const PAIR: Pair = { ...NO_PAIR, slots: { a: A.id, b: B.id }, uppers: { a: 4 }, lastUpper: 4 };
const SNAPSHOT: Snapshot = {
  ...{ number: 3, type: 'single', preNumber: null, deployment: KEPT.id, slot: 'b', proof: null, createdAt: null },
  ...{ description: 'kept', userData: {}, cleanup: null, pinned: false },
};
const STORED: FakeLayersSetup = {
  pair: PAIR,
  manifests: [A, B, KEPT],
  snapshots: [SNAPSHOT],
  layers: LAYERS,
  uppers: { [`a-${A.id}.4`]: { content: 'written' }, [`b-${B.id}`]: { content: '' } },
};
const SETUP = {
  info: bootInfo({ deploymentId: A.id }),
  state: someState({ a: goodSlot(A.id), b: goodSlot(B.id, { provenAt: '2026-01-01T00:00:00Z' }) }),
};

const FLAT_A = on({ ...ONE, digest: sha256([ONE, TWO].map(({ digest }) => digest).join('+')) });

function store(line: string, stored: FakeLayersSetup = {}, setup = {}) {
  return trySnapshot(`store ${line}`, { ...SETUP, ...setup }, { ...STORED, ...stored });
}

spec('store list', {
  'shows each deployment and layer, and who needs it': () => {
    const { code, out } = store('list');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`${ONE.digest.slice(0, 12)} +erofs +4 KiB +b, a, s3|${ONE.digest.slice(0, 12)} .*a`));
    assert.match(out, new RegExp(`${ODD.digest.slice(0, 12)} +erofs +4 KiB +-`));
    const json = store('list --json');
    assert.deepEqual(problems('store-list', json), []);
    const needed = JSON.parse(json.out).layers.find(({ digest }: Layer) => digest === ONE.digest).neededBy;
    assert.deepEqual(needed.toSorted(), ['a', 'b', 's3']);
  },
});

spec('store verify', {
  'reads each layer that something needs once, and says so': () => {
    const { code, out } = store('verify');
    assert.equal(code, 0, out);
    assert.match(out, /reading layer 3 of 3/);
    assert.match(out, /read 3 layers \(12 KiB\), 3 manifests, 1 snapshots\nall is as it was written/);
  },
  'names what is damaged and the slots that it concerns, and ends with 1': () => {
    const { code, out } = store('verify', { verify: { [TWO.digest]: 'its digest differs' } });
    assert.equal(code, 1);
    assert.match(flat(out), /damaged: its digest differs; it concerns a, s3/);
    const manifest = store('verify', { damaged: [A.id] });
    assert.equal(manifest.code, 1);
    assert.match(flat(manifest.out), /damaged: the manifest .* is damaged; it concerns a/);
    const missing = store('verify', { manifests: [A, B] });
    assert.match(flat(missing.out), /the manifest of deployment '.*' is missing; it concerns s3/);
    assert.equal(missing.code, 1);
  },
  'reads with --all also what nothing needs': () => {
    const verify = { [ODD.digest]: 'it is cut short' };
    assert.equal(store('verify', { verify }).code, 0);
    const all = store('verify --all', { verify });
    assert.equal(all.code, 1);
    assert.match(flat(all.out), /damaged: it is cut short$|damaged: it is cut short /);
  },
  'prints JSON by its schema, without progress': () => {
    for (const verify of [{}, { [TWO.digest]: 'its digest differs' }]) {
      assert.deepEqual(problems('store-verify', store('verify --json', { verify })), []);
    }
  },
});

spec('store clean', {
  'deletes what nothing needs, and lists it in a dry run': () => {
    const dry = store('clean --dry-run');
    assert.deepEqual([dry.code, dry.layers.calls], [0, []]);
    assert.match(flat(dry.out), new RegExp(`delete layer ${ODD.digest.slice(0, 12)}`));
    const { code, layers } = store('clean');
    assert.deepEqual([code, layers.calls], [0, [`deleteLayer ${ODD.digest.slice(0, 4)}`]]);
    assert.equal(store('clean', { layers: [ONE, TWO, THREE] }).code, 2);
  },
});

spec('store compact', {
  'makes one layer of the chain; health, proof and upper stay': () => {
    const { code, out, layers, node } = store('compact a');
    assert.equal(code, 0, out);
    const pair = layers.pair() ?? assert.fail('no pair');
    assert.deepEqual(pair.slots, { a: FLAT_A.id, b: B.id });
    assert.equal(upperKey(pair, 'a', FLAT_A.id), `${A.id}.4`);
    assert.ok(layers.uppers.has(`a-${A.id}.4`));
    const made = layers.manifests.get(FLAT_A.id);
    assert.deepEqual([made?.sameAs, made?.layers.length], [A.id, 1]);
    const { a } = node.state().slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId], ['good', FLAT_A.id, FLAT_A.id]);
    assert.equal(a?.deployment?.sameAs, A.id, 'what runs may prove it');
    assert.ok(layers.manifests.has(A.id), 'what runs is kept until it ends');
  },
  'deletes the old layers once nothing runs on them': () => {
    const compacted = store('compact a');
    const later = compacted.then('store clean', { info: bootInfo({ deploymentId: FLAT_A.id }) });
    assert.deepEqual([later.layers.manifests.has(A.id), later.layers.layers.has(TWO.digest)], [false, true]);
  },
  'takes every slot, and with --all every snapshot, whose own upper it keeps': () => {
    assert.deepEqual(store('compact').layers.snapshots.get(3)?.deployment, KEPT.id);
    const { layers, code } = store('compact --all');
    const kept = layers.snapshots.get(3);
    assert.deepEqual([code, kept?.upper, kept?.deployment === KEPT.id], [0, KEPT.id, false]);
    assert.equal(layers.manifests.get(kept?.deployment ?? '')?.sameAs, KEPT.id);
    assert.equal(store('compact s3').layers.snapshots.get(3)?.upper, KEPT.id);
  },
  'has nothing to do for a single layer, and refuses what is unknown or in a snapshot': () => {
    const single = store('compact b');
    assert.deepEqual([single.code, single.layers.pair()], [2, PAIR]);
    assert.equal(store('compact x').code, 64);
    const taken = {
      active: 'a',
      inactive: 'b',
      writable: 'b',
      before: B.id,
      beforeUpper: 1,
      bootId: BOOT_ID,
      at: null,
    };
    const pair = { ...PAIR, taken };
    assert.equal(store('compact a', { pair }).code, 1);
    assert.match(flat(store('compact', { pair }).out), /slot a has a part in a snapshot and stays/);
  },
  'tells in a dry run what it would merge': () => {
    const { code, out, layers } = store('compact --all --dry-run');
    assert.deepEqual([code, layers.calls], [0, []]);
    assert.match(flat(out), /a: 2 layers \(8 KiB\) become one s3: 3 layers/);
  },
  'leaves a whole pair wherever it is cut, and goes on': () => {
    for (const failsAt of [0, 1, 2]) {
      const cut = store('compact a', { failsAt });
      assert.deepEqual([cut.code, cut.layers.pair()], [74, PAIR]);
      assert.equal(cut.then('store compact a').layers.pair()?.slots['a'], FLAT_A.id);
    }
    const unsaved = store('compact a', {}, { saveFails: true });
    assert.equal(unsaved.layers.pair()?.slots['a'], FLAT_A.id);
    const early = unsaved.then('snapshot take', { saveFails: false });
    assert.match(early.err, /it was changed in this boot\nhint: reboot first/);
    const resumed = unsaved.then('snapshot set-boot a', { saveFails: false });
    const { a } = resumed.node.state().slots;
    assert.deepEqual([a?.health, a?.provenId, a?.deployment?.sameAs], ['good', FLAT_A.id, A.id], resumed.err);
  },
});
