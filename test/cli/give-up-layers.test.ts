/** An image written into a slot that has layers: they are gone afterwards, a snapshot is cancelled, a locked slot refused. */
import assert from 'node:assert/strict';
import { bareManifest, makeManifest } from '../../src/core/store/deployment.ts';
import { NO_PAIR, type Pair } from '../../src/core/store/pair.ts';
import { BOOT_ID, bootInfo, goodSlot, someState, trialSlot } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { attempt, slotB } from '../support/try-repair.ts';
import { BASE, LAYER, TAKEN_ID } from '../support/try-snapshot.ts';

const MANIFEST = makeManifest({
  ...bareManifest({ id: BASE, version: null }),
  layers: [{ digest: LAYER, form: 'erofs', sizeBytes: 5 }],
});
const TAKEN = { active: 'a', inactive: 'b', writable: 'b', before: null, beforeUpper: null, bootId: BOOT_ID, at: null };
const PREPARED: Pair = { slots: { a: TAKEN_ID, b: TAKEN_ID }, uppers: { a: 1, b: 1 }, lastUpper: 1, taken: TAKEN };
const LAYERED: Pair = { ...NO_PAIR, slots: { b: TAKEN_ID } };
const SETUP = {
  info: bootInfo({ deploymentId: BASE }),
  holds: { 'PARTLABEL=root-a': BASE, 'PARTLABEL=root-b': BASE, '/dev/vda3': 'b-new' },
  state: someState({ a: goodSlot(TAKEN_ID), b: trialSlot(TAKEN_ID) }),
};

function write(pair: Pair, line = 'repair b --from a', change = {}, repair = {}) {
  return attempt(line, repair, { ...SETUP, ...change }, false, { pair, manifests: [MANIFEST] });
}

spec('giveUpLayers()', {
  'takes the layers of the slot away before it is written, and the slot has its new base alone': () => {
    const { code, out, layers, node, healths } = write(LAYERED);
    assert.equal(code, 0, out);
    assert.deepEqual([layers.pair()?.slots, layers.pair()?.uppers], [{}, {}]);
    assert.equal(healths[0], 'open: empty');
    const b = slotB(node.state());
    assert.deepEqual([b?.health, b?.deployment?.id, b?.deployment?.base], ['trial', 'b-new', undefined]);
    assert.match(out, /the layers of slot b are given up/);
  },
  'cancels the snapshot that the slot was prepared for, as the command would': () => {
    const { code, out, layers, node } = write(PREPARED);
    assert.equal(code, 0, out);
    assert.deepEqual([layers.pair()?.taken, layers.pair()?.slots], [null, {}]);
    assert.deepEqual([node.state().slots['a']?.health, node.state().slots['a']?.deployment?.id], ['good', BASE]);
    assert.match(out, /the snapshot of slot a is cancelled/);
    assert.equal(slotB(node.state())?.health, 'trial');
  },
  'takes them away also where the base is there already, and the slot has to prove itself': () => {
    const { code, layers, node, steps } = write(LAYERED, 'repair b --from a', {}, { isThere: true });
    assert.deepEqual([code, layers.pair()?.slots, steps.includes('writeBody')], [0, {}, false]);
    assert.equal(slotB(node.state())?.health, 'trial');
  },
  'refuses a slot that a snapshot has locked, and writes nothing': () => {
    const { code, err, layers, node, steps } = write({ ...PREPARED, taken: { ...TAKEN, writable: 'a' } });
    assert.deepEqual([code, steps, layers.calls, node.saves.length], [1, [], [], 0]);
    assert.match(err, /slot 'b' is locked by a snapshot\nhint: 'lifeboot snapshot cancel' ends it/);
  },
  'says in a dry run what goes, and changes nothing': () => {
    const { code, out, layers, node } = write(PREPARED, 'repair b --from a --dry-run');
    assert.deepEqual([code, layers.calls, node.saves.length], [0, [], 0]);
    assert.match(out, /the snapshot of slot a is cancelled[\s\S]*the layers of slot b are given up[\s\S]*clear/);
  },
  'leaves a slot that no boot enters when the power goes, and the same command goes on': () => {
    const stored = { pair: LAYERED, manifests: [MANIFEST], failsAt: 0 };
    const cut = attempt('repair b --from a', {}, SETUP, false, stored);
    assert.deepEqual([cut.code, slotB(cut.node.state())?.health, cut.steps], [74, 'empty', []]);
    const again = write(cut.layers.pair() ?? NO_PAIR, 'repair b --from a', { state: cut.node.state() });
    assert.deepEqual([again.code, again.layers.pair()?.slots, slotB(again.node.state())?.health], [0, {}, 'trial']);
  },
  'touches nothing of a slot that has its base alone': () => {
    const { code, layers } = write({ ...NO_PAIR, slots: { a: TAKEN_ID } });
    assert.deepEqual([code, layers.calls], [0, []]);
  },
});
