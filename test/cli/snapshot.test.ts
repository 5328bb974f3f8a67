/** `lifeboot snapshot` on the command line: what it changes, what it refuses, and what a cut leaves. */
import assert from 'node:assert/strict';
import { BootError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import { bareManifest, deploymentId, makeManifest } from '../../src/core/store/deployment.ts';
import { NO_PAIR } from '../../src/core/store/pair.ts';
import type { FakeLayersSetup } from '../support/fake-layers.ts';
import { bootInfo, CONFIG_TEXT, type FakeSetup, goodSlot, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import {
  BASE,
  CHANGED,
  flat,
  HOLDS,
  inNextBoot,
  LAYER,
  OTHER,
  STATE,
  TAKEN_ID,
  trySnapshot,
} from '../support/try-snapshot.ts';

/** Slot a has a layer already. */
const MANIFEST_OF_TAKEN: FakeLayersSetup = {
  pair: { ...NO_PAIR, slots: { a: TAKEN_ID } },
  manifests: [
    makeManifest({
      ...bareManifest({ id: BASE, version: null }),
      layers: [{ digest: LAYER, form: 'erofs', sizeBytes: 5 }],
    }),
  ],
};

spec('snapshot take', {
  'packs what the slot has changed, names both slots in one rename, then tells the boot state': () => {
    const { code, out, layers, node } = trySnapshot('snapshot take --description new-driver');
    assert.equal(code, 0, out);
    assert.deepEqual(layers.calls, ['seal a over base', `saveManifest ${TAKEN_ID.slice(0, 4)}`, 'savePair']);
    const pair = layers.pair();
    assert.deepEqual(pair?.slots, { a: TAKEN_ID, b: TAKEN_ID });
    assert.deepEqual([pair?.taken?.active, pair?.taken?.writable, pair?.taken?.before], ['a', 'b', null]);
    const manifest = layers.manifests.get(TAKEN_ID);
    assert.deepEqual([manifest?.sameAs, manifest?.parent, manifest?.description], [BASE, BASE, 'new-driver']);
    const { a, b } = node.state().slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId], ['good', TAKEN_ID, TAKEN_ID]);
    assert.deepEqual([b?.health, b?.attempts, b?.deployment?.id], ['trial', 0, TAKEN_ID]);
    assert.deepEqual([node.state().order, node.saves.length], [['a', 'b', 'r'], 1]);
    assert.match(flat(out), /note: what this system writes from now on is gone after the next boot/);
    assert.match(out, /next: slot a is chosen/);
  },
  'is refused, like everything about the pair, while a slot is an OSTree deployment': () => {
    const config = CONFIG_TEXT.replace('[slots.b]', '[slots.b]\nostree = "debian"');
    for (const verb of ['take', 'cancel', 'set-writable a', 'set-boot a', 'delete']) {
      const { err, layers } = trySnapshot(`snapshot ${verb}`, { config });
      assert.match(flat(err), /slot 'b' is a deployment of an OSTree repository, which takes no layers/, verb);
      assert.match(flat(err), /ostree admin upgrade/);
      assert.deepEqual(layers.calls, [], verb);
    }
  },
  'makes no layer where nothing was changed, and gives both slots uppers that were never used': () => {
    const { code, layers } = trySnapshot('snapshot take', {}, { uppers: { [`a-${BASE}`]: { content: '' } } });
    assert.deepEqual([code, layers.calls], [0, ['seal a over base', 'savePair']]);
    assert.deepEqual(layers.pair()?.slots, {});
    assert.deepEqual(layers.pair()?.uppers, { a: 1, b: 1 });
  },
  'takes a package database along that lies in a persistent directory, with the first layer alone': () => {
    const config = `${CONFIG_TEXT}[[persist]]\npath = "/var/lib/dpkg"\n`;
    const own = trySnapshot('snapshot take', { config }, { uppers: { [`a-${BASE}`]: { content: '' } } });
    const withOwn = deploymentId(BASE, [{ digest: sha256('/var/lib/dpkg') }]);
    assert.deepEqual([own.code, own.layers.pair()?.slots], [0, { a: withOwn, b: withOwn }]);
    const dry = trySnapshot('snapshot take --dry-run', { config });
    assert.match(flat(dry.out), /\(1 entries, 5 bytes\), with \/var\/lib\/dpkg, into a layer/);
    const layers = { ...MANIFEST_OF_TAKEN, uppers: { [`a-${TAKEN_ID}`]: { content: '' } } };
    const second = trySnapshot('snapshot take', { config, info: bootInfo({ deploymentId: TAKEN_ID }) }, layers);
    assert.deepEqual([second.code, second.layers.pair()?.slots], [0, { a: TAKEN_ID, b: TAKEN_ID }]);
  },
  'tells in a dry run what it would pack, and writes nothing': () => {
    const { code, out, layers, node } = trySnapshot('snapshot take --dry-run');
    assert.deepEqual([code, layers.calls, node.saves.length, node.locks()], [0, [], 0, 0]);
    assert.match(
      flat(out),
      /would change \(dry run, nothing is written\): pack what slot a has changed \(1 entries, 5 bytes\) into a layer/,
    );
  },
  'is refused with a reason and a hint': () => {
    const refusals: readonly (readonly [RegExp, RegExp, FakeSetup, FakeLayersSetup?])[] = [
      [/was not booted from a slot/, /boot a slot/, { info: null }],
      [/runs in mode clean/, /mark good a --normal/, { info: bootInfo({ deploymentId: BASE, mode: 'clean' }) }],
      [/slot 'r' runs, which is a recovery slot/, /in the system that is upgraded/, { info: bootInfo({ slot: 'r' }) }],
      [
        /needs two slots on the same base/,
        /'lifeboot repair b --from a' first/,
        { holds: { ...HOLDS, 'PARTLABEL=root-b': OTHER } },
      ],
      [
        /no changes are kept \(\[upper\] kind = "tmpfs"\)/,
        /\[upper\]/,
        { config: CONFIG_TEXT.replace('persistent', 'tmpfs') },
      ],
      [/what slot 'a' has changed is not kept in this boot/, /'lifeboot status' says why/, {}, {}],
      [/was changed in this boot/, /reboot first/, { info: bootInfo({ deploymentId: OTHER }) }],
      [/a proved itself last/, /proven itself/, { info: bootInfo({ slot: 'b', deploymentId: BASE }) }],
    ];
    for (const [why, hint, setup, stored] of refusals) {
      const { code, err, layers, node } = trySnapshot('snapshot take', setup, stored ?? CHANGED);
      assert.deepEqual([code, layers.calls, node.saves.length], [1, [], 0], err);
      assert.match(flat(err.split('hint:')[0] ?? ''), why);
      assert.match(flat(err.split('hint:')[1] ?? ''), hint);
    }
  },
  'is refused while one is taken, also in the next boot': () => {
    const taken = trySnapshot('snapshot take');
    const again = taken.then('snapshot take');
    assert.deepEqual([again.code, again.layers.calls], [1, []]);
    assert.match(again.err, /taken already[\s\S]*hint: go on with it, or 'lifeboot snapshot cancel'/);
    assert.equal(inNextBoot(taken, 'snapshot take').code, 1);
  },
  'keeps a bad slot that is first in the order from being booted': () => {
    const state = { ...STATE, order: ['b', 'a', 'r'] };
    const { out, node } = trySnapshot('snapshot take', { state });
    assert.deepEqual(node.state().order, ['a', 'b', 'r']);
    assert.match(out, /next: slot a is chosen/);
  },
  'leaves the node as it was when the power goes before the rename': () => {
    for (const failsAt of [0, 1, 2]) {
      const { code, layers, node } = trySnapshot('snapshot take', {}, { ...CHANGED, failsAt });
      assert.deepEqual([code, layers.pair(), node.saves.length], [74, null, 0]);
    }
  },
  'is busy while a shell is open in a slot': () => {
    const layersLock = {
      hold: () => {
        throw new BootError('BUSY', 'locked');
      },
    };
    for (const line of ['snapshot take', 'snapshot cancel', 'snapshot set-writable a']) {
      const { code, err } = trySnapshot(line, {}, CHANGED, { layersLock });
      assert.deepEqual([code, /a shell is open in one[\s\S]*hint: leave that shell/.test(err)], [69, true], line);
    }
  },
});

spec('snapshot cancel', {
  'gives back, in the same boot, what runs and what it wrote since': () => {
    const { code, out, layers, node } = trySnapshot('snapshot take').then('snapshot cancel');
    assert.equal(code, 0, out);
    const { slots, uppers, taken } = layers.pair() ?? {};
    assert.deepEqual([slots, uppers, taken], [{}, {}, null]);
    const { a, b } = node.state().slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId], ['good', BASE, BASE]);
    assert.equal(b?.health, 'empty');
    assert.match(flat(out), /note: slot a keeps what it wrote since/);
  },
  'keeps the snapshot in the active slot in a later boot': () => {
    const { code, layers, node } = inNextBoot(trySnapshot('snapshot take'), 'snapshot cancel');
    assert.deepEqual([code, layers.pair()?.slots, layers.pair()?.taken], [0, { a: TAKEN_ID }, null]);
    assert.equal(node.state().slots['a']?.deployment?.id, TAKEN_ID);
  },
  'leaves a slot good that was proven with its base alone': () => {
    const proven = { state: someState({ a: goodSlot(BASE), b: goodSlot(BASE, { provenAt: '2020-01-01T00:00:00Z' }) }) };
    const { code, node } = trySnapshot('snapshot take', proven).then('snapshot cancel');
    const { b } = node.state().slots;
    assert.deepEqual([code, b?.health, b?.provenId, b?.provenAt], [0, 'good', BASE, '2020-01-01T00:00:00Z']);
  },
  'records the slot as empty before its layers go': () => {
    const cut = trySnapshot('snapshot take').then('snapshot cancel', { layers: { failsAt: 0 } });
    assert.deepEqual([cut.code, cut.node.state().slots['b']?.health], [74, 'empty']);
    assert.equal(cut.layers.pair()?.taken?.active, 'a');
    const again = cut.then('snapshot cancel', { layers: {} });
    assert.deepEqual([again.code, again.layers.pair()?.taken], [0, null]);
  },
  'is refused when the inactive slot runs, and finds nothing to do without a snapshot': () => {
    const inB = inNextBoot(trySnapshot('snapshot take'), 'snapshot cancel', 'b');
    assert.deepEqual([inB.code, /slot 'b' runs\nhint: 'lifeboot switch a'/.test(inB.err)], [1, true]);
    assert.equal(trySnapshot('snapshot cancel').code, 2);
  },
  'works although the manifest of the slot is damaged': () => {
    const taken = trySnapshot('snapshot take');
    const { code, out } = taken.then('snapshot cancel', { layers: { damaged: [TAKEN_ID] } });
    assert.equal(code, 0, out);
    assert.match(flat(out), /note: the manifest '[0-9a-f]+' is damaged/);
  },
});

spec('snapshot set-writable, set-boot, delete', {
  'locks one slot and opens the other': () => {
    const { code, out, layers } = trySnapshot('snapshot take').then('snapshot set-writable a');
    assert.deepEqual([code, layers.pair()?.taken?.writable], [0, 'a']);
    assert.match(out, /slot a may be changed\n {2}slot b is locked/);
    assert.equal(trySnapshot('snapshot take').then('snapshot set-writable b').code, 2);
    assert.match(trySnapshot('snapshot set-writable b').err, /no snapshot is taken/);
    assert.equal(trySnapshot('snapshot take').then('snapshot set-writable r').code, 64);
  },
  'keeps repair and install away from the slot that is locked': () => {
    const locked = trySnapshot('snapshot take').then('snapshot set-writable a');
    for (const line of ['repair b --from a --dry-run', 'install /srv/x.ext4 --slot b --dry-run']) {
      const { code, err } = locked.then(line);
      assert.equal(code, 1, err);
      assert.match(err, /slot 'b' is locked by a snapshot\nhint: 'lifeboot snapshot cancel' ends it/);
    }
  },
  'chooses what boots next': () => {
    const { code, out, node } = trySnapshot('snapshot take').then('snapshot set-boot b');
    assert.deepEqual([code, node.state().order[0], node.state().slots['b']?.health], [0, 'b', 'trial']);
    assert.match(out, /next: slot b is chosen: trial/);
    assert.equal(trySnapshot('snapshot set-boot b').code, 65);
  },
  'clears the slot that does not run, once the other has proven itself': () => {
    const taken = trySnapshot('snapshot take');
    assert.match(inNextBoot(taken, 'snapshot delete', 'b').err, /slot 'b' has not proven itself/);
    const proven = goodSlot(TAKEN_ID, { provenAt: '2026-11-22T00:00:00Z' });
    const state = someState({ a: taken.node.state().slots['a'] ?? goodSlot(BASE), b: proven });
    const inB = taken.then('snapshot query', { state });
    const { code, layers, node } = inNextBoot(inB, 'snapshot delete', 'b');
    assert.deepEqual([code, layers.pair()?.slots, layers.pair()?.taken], [0, { b: TAKEN_ID }, null]);
    assert.equal(node.state().slots['a']?.health, 'empty');
    assert.match(inNextBoot(inB, 'snapshot delete', 'a').err, /slot 'b' is the one that proved itself last/);
    assert.equal(trySnapshot('snapshot delete').code, 2);
  },
});
