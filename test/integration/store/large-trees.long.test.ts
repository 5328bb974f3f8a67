/** A file of 5 GB and a hundred thousand small ones, through each form of layer and flattened. */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { LayerWorld, withDisk } from './layer-world.ts';
import { type Change, survives } from './survives.ts';

const GIB = 1024 ** 3;

const hugeFile: Change = (root) => {
  writeFileSync(join(root, 'huge'), 'begin');
  truncateSync(join(root, 'huge'), 5 * GIB);
  const file = openSync(join(root, 'huge'), 'r+');
  writeSync(file, 'end', 5 * GIB - 3);
  closeSync(file);
};

const manyFiles: Change = (root) => {
  for (let dir = 0; dir < 200; dir += 1) {
    mkdirSync(join(root, `many${dir}`));
    for (let file = 0; file < 500; file += 1) writeFileSync(join(root, `many${dir}/${file}`), `${dir} ${file}`);
  }
};

function readEnd(path: string): string {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(3);
  readSync(file, bytes, 0, 3, statSync(path).size - 3);
  closeSync(file);
  return bytes.toString();
}

spec('sealLayer() and flattenLayers()', {
  'keep a file of 5 GB that is nearly all holes, and take no room for them': async () => {
    for (const form of ['erofs', 'sqfs', 'dir'] as const) {
      await withDisk(1024, (disk) => {
        const world = new LayerWorld(disk);
        world.change(({ merged }) => hugeFile(merged), form);
        const flat = world.flatten(form);
        assert.ok(flat !== null);
        const huge = join(world.mount(flat), 'huge');
        assert.equal(readEnd(huge), 'end');
        assert.equal(statSync(huge).size, 5 * GIB);
        world.close();
      });
    }
  },
  'keep a hundred thousand small files': async () => {
    for (const form of ['erofs', 'sqfs', 'dir'] as const) await survives(form, [manyFiles]);
  },
});
