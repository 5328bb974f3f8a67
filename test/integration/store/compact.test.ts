/** A chain of layers made one, on real mounts: the slot shows the same, with the upper that it had. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeManifest } from '../../../src/core/store/deployment.ts';
import { NO_PAIR, upperKey, withDeployment } from '../../../src/core/store/pair.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { readManifest, readPair, saveManifest, savePair } from '../../../src/platform/store/store-files.ts';
import { spec } from '../../support/spec.ts';
import type { Tree } from '../root/disks.ts';
import { assemble, mountStack, withStack } from '../root/stacks.ts';

const CHAIN: readonly Tree[] = [
  { 'etc/hostname': 'first\n', 'etc/first': 'kept\n', 'etc/gone': 'x\n' },
  { '!etc/gone': '', '!var/log/old.log': '' },
  { 'etc/hostname': 'third\n' },
];

spec('flatten() of a slot', {
  'shows the same after the next boot, with the upper that the slot had': () => {
    withStack(
      ['erofs', 'dir', 'sqfs'],
      (index) => CHAIN[index] ?? {},
      (s) => {
        mountStack(s);
        assert.deepEqual(assemble(s), []);
        writeFileSync(join(s.node.newRoot, 'etc/written'), 'in the upper\n');
        const storeDir = join(s.node.data, 'lifeboot');
        const options = {
          runDir: s.node.runDir,
          sourceOf: () => ({ root: s.base }),
          systemRoot: '/',
          runningSlot: () => null,
          pid: 0,
          env: {},
        };
        const store = makeLayerStore({ ...options, become: () => assert.fail('it starts again') });
        const manifest = readManifest(storeDir, s.id) ?? assert.fail('no manifest');
        const layer = store.flatten(manifest, 'a', () => undefined) ?? assert.fail('nothing was merged');
        const made = makeManifest({ ...manifest, layers: [layer], sameAs: s.id });
        const pair = readPair(storeDir) ?? NO_PAIR;
        saveManifest(storeDir, made);
        savePair(storeDir, withDeployment(pair, 'a', made.id, upperKey(pair, 'a', s.id)));
        for (const old of manifest.layers) store.deleteLayer(old);

        // The power went before the boot state was told.
        const { stack, degraded } = mountStack(s);
        assert.deepEqual([stack?.deployment.id, stack?.sameAs, degraded], [made.id, s.id, []]);
        assert.deepEqual(assemble({ ...s, id: made.id }), []);
        assert.equal(s.node.inRoot('etc/written'), 'in the upper\n');
        assert.equal(s.node.inRoot('etc/hostname'), 'third\n');
        assert.equal(s.node.inRoot('etc/first'), 'kept\n');
        for (const gone of ['etc/gone', 'var/log/old.log']) assert.ok(!existsSync(join(s.node.newRoot, gone)), gone);
        const upper = join(s.node.data, `lifeboot/upper/a-${s.id}/upper/etc/written`);
        assert.equal(readFileSync(upper, 'utf8'), 'in the upper\n');
        rmSync(join(s.node.newRoot, 'etc/written'));
        assert.ok(!existsSync(upper));
      },
    );
  },
});
