/** Snapshots that Snapper made: listed, and kept as one of ours when somebody wants to boot one. */
import assert from 'node:assert/strict';
import type { SnapperSnapshot } from '../../src/core/btrfs/snapper-info.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import { deploymentId } from '../../src/core/store/deployment.ts';
import type { FakeLayersSetup } from '../support/fake-layers.ts';
import { CONFIG_TEXT } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { BASE, flat, problems, trySnapshot } from '../support/try-snapshot.ts';

const PLACE = '@/.snapshots';
const config = `${CONFIG_TEXT}\n[btrfs]\nsubvolumes = [{ path = "/", snapshots = "${PLACE}" }]\n`;
const SNAPSHOT: SnapperSnapshot = {
  ...{ number: 12, type: 'single', preNumber: null, createdAt: '2026-11-22T14:46:41Z' },
  ...{ description: 'before the driver', userData: { important: 'yes' }, cleanup: 'number' },
} as const;
const STORED: FakeLayersSetup = { snapper: { [PLACE]: [SNAPSHOT] } };
const ID = deploymentId(BASE, [{ digest: sha256(`${PLACE}/12/snapshot`) }]);

spec('snapshots of Snapper', {
  'are listed with what Snapper says of them': () => {
    const { out } = trySnapshot('snapshot list', { config }, STORED);
    assert.match(flat(out), /snapper:12 \/ single 2026-11-22T14:46:41Z number before the driver important=yes/);
    const json = trySnapshot('snapshot list --json', { config }, STORED);
    assert.deepEqual(problems('snapshot-list', json), []);
    assert.deepEqual(JSON.parse(json.out).snapper, [{ path: '/', ...SNAPSHOT }]);
  },
  'are kept as one of ours, once, when they are to be booted': () => {
    const { code, err, out, layers, node } = trySnapshot('switch snapper:12 --once', { config }, STORED);
    assert.equal(code, 0, err);
    const id = ID.slice(0, 4);
    assert.deepEqual(layers.calls, [`adopt ${PLACE}/12/snapshot`, `saveManifest ${id}`, 'saveSnapshot 1']);
    const state = node.state();
    assert.deepEqual([state.oneShot, state.order[0]], ['s1', 'a']);
    const { s1 } = state.slots;
    assert.deepEqual([s1?.health, s1?.deployment?.id, s1?.snapshotOf], ['trial', ID, 'a']);
    assert.match(flat(out), /Snapper's snapshot 12 is kept as s1/);
    const kept = layers.store.readSnapshots().snapshots;
    const again = trySnapshot(
      'switch snapper:12',
      { config, state },
      {
        ...STORED,
        snapshots: kept,
        manifests: [...layers.manifests.values()],
      },
    );
    assert.equal(again.code, 0, again.err);
    assert.deepEqual([again.layers.calls, again.node.state().order[0]], [[], 's1']);
  },
  'are left alone in a dry run': () => {
    const { code, out, layers, node } = trySnapshot('switch snapper:12 --dry-run', { config }, STORED);
    assert.deepEqual([code, layers.calls, node.saves.length], [0, [], 0]);
    assert.match(flat(out), /keep Snapper's snapshot 12 \(before the driver\)/);
  },
  'are not guessed at': () => {
    const gone = trySnapshot('switch snapper:13', { config }, STORED);
    assert.deepEqual([gone.code, gone.layers.calls], [64, []]);
    assert.match(flat(gone.err), /Snapper has no snapshot 13/);
    const unknown = trySnapshot('switch snapper:12', {}, STORED);
    assert.equal(unknown.code, 64);
    assert.match(flat(unknown.err), /\[btrfs\] subvolumes/);
  },
});
