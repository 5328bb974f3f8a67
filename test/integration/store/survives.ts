/** Makes changes through an overlay and to a plain tree, and sees that sealed, stacked and flattened they look the same. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { LayerForm } from '../../../src/core/store/deployment.ts';
import { sealLayer } from '../../../src/platform/store/seal-layer.ts';
import { verifyLayer } from '../../../src/platform/store/verify-layer.ts';
import { differences, showTree } from './compare-trees.ts';
import { fillBase, LayerWorld, run, withDisk } from './layer-world.ts';

export type Change = (root: string) => void;

/** Makes the same changes through an overlay and to a plain copy of the base, and compares what is seen. */
export async function survives(
  form: LayerForm,
  changes: readonly Change[],
  expectForm: LayerForm = form,
): Promise<void> {
  const fs = form === 'subvol' ? 'btrfs' : 'ext4';
  const work = (disk: string): void => {
    const world = new LayerWorld(disk, sealLayer, fs);
    const plain = join(world.dir, 'plain');
    fillBase(world.base);
    run('cp', '-a', world.base, plain);
    const options = { wholeSeconds: form === 'sqfs' };
    const compare = (stack: readonly string[], what: string): void => {
      const found = world.view(stack, (root) => differences(showTree(plain, options), showTree(root, options)));
      assert.equal(found.join('\n'), '', `${form}, ${what}`);
    };
    for (const [index, change] of changes.entries()) {
      const apply: Change = (root) => {
        change(root);
        // They were not changed in the same moment.
        run(
          'find',
          root,
          '-newermt',
          '2026-01-01',
          '-exec',
          'touch',
          '-h',
          '-d',
          '2025-05-05 05:05:05.123456789',
          '{}',
          '+',
        );
      };
      const layer = world.change(({ merged }) => apply(merged), form);
      assert.equal(layer?.form, expectForm);
      assert.equal(verifyLayer(world.store, layer), null);
      apply(plain);
      compare(world.stack, `after change ${index + 1}`);
    }
    if (form !== 'subvol') {
      const flat = world.flatten(form);
      assert.ok(flat !== null);
      compare([world.mount(flat), world.base], 'flattened');
    }
    world.close();
  };
  await withDisk(2048, work, fs);
}
