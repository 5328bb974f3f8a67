/** `lifeboot run` on the command line: what it writes in which order, what a command that fails leaves, what it tells. */
import assert from 'node:assert/strict';
import { sha256 } from '../../src/core/root/base-id.ts';
import { deploymentId } from '../../src/core/store/deployment.ts';
import type { FakeLayersSetup, FakeStage } from '../support/fake-layers.ts';
import { CONFIG_TEXT, type FakeSetup } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { BASE, CHANGED, flat, inNextBoot, LAYER, TAKEN_ID, type Tried, trySnapshot } from '../support/try-snapshot.ts';

const RUN_LAYER = sha256('upgraded');
const RUN_ID = deploymentId(BASE, [{ digest: LAYER }, { digest: RUN_LAYER }]);

const UPGRADE: FakeStage = {
  content: 'upgraded',
  before: new Map([
    ['kept', '1'],
    ['old', '1'],
    ['gone', '1'],
  ]),
  after: new Map([
    ['kept', '1'],
    ['old', '2'],
    ['new', '1'],
  ]),
};

function tryRun(
  line: string,
  staged: FakeStage = UPGRADE,
  setup: FakeSetup = {},
  stored: FakeLayersSetup = CHANGED,
): Tried {
  return trySnapshot(line, setup, { ...stored, staged });
}

spec('run', {
  'packs the running slot, runs on a copy, and gives both slots what they have in one rename at the end': () => {
    const { code, out, layers, node } = tryRun('run -- apt-get -y full-upgrade');
    assert.equal(code, 0, out);
    assert.deepEqual(layers.calls, [
      'seal a over base',
      `stage a ${TAKEN_ID.slice(0, 4)}`,
      'run apt-get -y full-upgrade',
      'seal the changes',
      'addToShared',
      'unstage',
      `saveManifest ${TAKEN_ID.slice(0, 4)}`,
      `saveManifest ${RUN_ID.slice(0, 4)}`,
      'savePair',
    ]);
    const pair = layers.pair();
    assert.deepEqual(pair?.slots, { a: TAKEN_ID, b: RUN_ID });
    assert.deepEqual([pair?.taken?.active, pair?.taken?.writable], ['a', 'b']);
    const manifest = layers.manifests.get(RUN_ID);
    assert.deepEqual(
      [manifest?.parent, manifest?.sameAs, manifest?.description],
      [TAKEN_ID, null, 'apt-get -y full-upgrade'],
    );
    assert.deepEqual(manifest?.packages, { added: 1, changed: 1, removed: 1 });
    const { a, b } = node.state().slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId], ['good', TAKEN_ID, TAKEN_ID]);
    assert.deepEqual([b?.health, b?.attempts, b?.deployment?.id, b?.deployment?.base], ['trial', 0, RUN_ID, BASE]);
    assert.deepEqual([node.state().order, node.saves.length], [['b', 'a', 'r'], 1]);
    assert.match(flat(out), /\+1 ~1 −1 packages/);
    assert.match(out, /next: slot b is chosen: trial/);
  },
  'leaves nothing behind when the command fails': () => {
    const { code, err, layers, node } = tryRun('run -- false', { ...UPGRADE, status: 100 });
    assert.equal(code, 1);
    assert.match(flat(err), /'false' ended with 100: nothing was changed hint: .*lifeboot\/log/);
    assert.deepEqual([layers.pair(), node.saves.length, layers.manifests.size, layers.layers.size], [null, 0, 0, 0]);
  },
  'finds nothing to change where nothing was changed': () => {
    for (const line of ['run -- true', 'run --drop-if-unchanged -- true']) {
      const { code, out, layers, node } = tryRun(line, {});
      assert.equal(code, 2, line);
      assert.match(out, /the command changed nothing/);
      assert.deepEqual([layers.pair(), node.saves.length, layers.layers.size], [null, 0, 0]);
    }
  },
  'leaves the node as it was when the power goes before the rename': () => {
    for (const failsAt of [0, 1, 2, 3]) {
      const { code, layers, node } = tryRun('run -- upgrade', UPGRADE, {}, { ...CHANGED, failsAt });
      assert.notEqual(code, 0);
      assert.deepEqual([layers.pair(), node.saves.length], [null, 0], String(failsAt));
    }
  },
  'goes on with the pending change, or gives it up': () => {
    const first = tryRun('run -- one');
    const both = inNextBoot(first, 'run --continue -- two');
    assert.equal(both.code, 0, both.err);
    assert.deepEqual(both.layers.calls.slice(0, 2), [`stage a ${RUN_ID.slice(0, 4)}`, 'run two']);
    assert.equal(both.layers.manifests.get(both.layers.pair()?.slots['b'] ?? '')?.parent, RUN_ID);
    const anew = first.then('run -- two');
    assert.equal(anew.code, 0, anew.err);
    assert.equal(anew.layers.calls[0], 'seal a over base');
    assert.match(flat(anew.out), /what slot b was prepared with is given up/);
    assert.match(tryRun('run --continue -- two').err, /no pending change/);
  },
  'tells what stage 0 would boot, and what persistent directories keep': () => {
    const { out } = tryRun('run -- upgrade', {
      ...UPGRADE,
      changedBoot: ['boot/vmlinuz-6.1', 'usr/lib/modules/6.1'],
      leftOut: ["'/var/lib/x' was changed"],
    });
    assert.match(flat(out), /changed what boots: boot\/vmlinuz-6.1, usr\/lib\/modules\/6.1; stage 0 still loads/);
    assert.match(flat(out), /what is persistent stays .* '\/var\/lib\/x' was changed by the command/);
  },
  'makes one layer of a chain that would be longer than configured': () => {
    const config = `${CONFIG_TEXT}\n[layers]\ncompact = 1\n`;
    const { code, layers } = tryRun('run -- upgrade', UPGRADE, { config });
    assert.equal(code, 0);
    assert.equal(layers.manifests.get(layers.pair()?.slots['b'] ?? '')?.layers.length, 1);
    assert.equal(layers.manifests.get(layers.pair()?.slots['a'] ?? '')?.layers.length, 1);
  },
  'says beforehand whether there is room': () => {
    const { code, err, layers } = tryRun('run -- upgrade', UPGRADE, {}, { ...CHANGED, freeBytes: 1 << 20 });
    assert.equal(code, 1);
    assert.match(flat(err), /1 MiB are free, and 64.0 MiB are needed/);
    assert.deepEqual(layers.calls, []);
  },
  'tells in a dry run what it would do, and does nothing': () => {
    const { code, out, layers, node } = tryRun('run --dry-run -- apt-get update');
    assert.deepEqual([code, layers.calls, node.saves.length, node.locks()], [0, [], 0, 0]);
    assert.match(flat(out), /run apt-get update on a copy of slot a/);
  },
  'opens a shell, and takes no command beside it': () => {
    assert.ok(tryRun('run --shell').layers.calls.includes('run a shell'));
    assert.equal(tryRun('run --shell -- true').code, 64);
    assert.equal(tryRun('run').code, 64);
  },
});
