/** What overlays are known to do to those who use them, on a root of lifeboot: the table is in docs/layers.md. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { mounts, plainTree, run, withNode } from './disks.ts';
import { assemble, mountStack, withStack } from './stacks.ts';

/** A root with a layer and a persistent `/var`. */
function withLayered(body: (root: string) => void): void {
  withStack(
    ['erofs', 'dir'],
    () => ({ 'etc/layered': 'layered\n', 'var/lib/dpkg/status': 'Package: a\nVersion: 2\n' }),
    (s) => {
      mountStack(s);
      assert.deepEqual(assemble(s), []);
      assert.deepEqual(s.node.builder.bindPersistent(['/var']), []);
      body(s.node.newRoot);
    },
  );
}

spec('overlay roots', {
  'hazard 1: an upper hides nothing of the next base': () => {
    withNode((node) => {
      const device = node.disk('ext4', {}, { sizeMiB: 32 });
      const [first, second] = [1, 2].map((version) =>
        node.disk('ext4', {
          ...plainTree,
          'usr/lib/os-release': `ID=test\nVERSION_ID=${version}\n`,
          'etc/needed': `${version}\n`,
          'etc/dir/file': `${version}\n`,
        }),
      ) as [string, string];
      node.assemble(first, { kind: 'persistent', device });
      chmodSync(join(node.newRoot, 'usr/lib/os-release'), 0o600);
      run('rm', '-r', join(node.newRoot, 'etc/needed'), join(node.newRoot, 'etc/dir'));
      mkdirSync(join(node.newRoot, 'etc/dir'));
      node.builder.release();
      node.assemble(second, { kind: 'persistent', device });
      assert.match(node.inRoot('usr/lib/os-release'), /VERSION_ID=2/);
      assert.deepEqual([node.inRoot('etc/needed'), node.inRoot('etc/dir/file')], ['2\n', '2\n']);
    });
  },
  'hazard 6: a container can have an overlay of its own below a persistent /var': () => {
    withLayered((root) => {
      const dir = join(root, 'var/lib/containers');
      for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(dir, name), { recursive: true });
      writeFileSync(join(dir, 'lower/file'), 'image\n');
      const options = `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work`;
      run('mount', '-t', 'overlay', 'overlay', '-o', options, join(dir, 'merged'));
      try {
        writeFileSync(join(dir, 'merged/new'), 'container\n');
        assert.equal(readFileSync(join(dir, 'merged/file'), 'utf8'), 'image\n');
        assert.equal(readFileSync(join(dir, 'upper/new'), 'utf8'), 'container\n');
      } finally {
        run('umount', join(dir, 'merged'));
      }
    });
  },
  'hazard 7: what is deleted neither shows nor lists': () => {
    withLayered((root) => {
      mkdirSync(join(root, 'etc/made'));
      writeFileSync(join(root, 'etc/made/x'), 'x');
      run('rm', '-r', join(root, 'etc/made'), join(root, 'etc/layered'));
      mkdirSync(join(root, 'etc/layered'));
      assert.deepEqual(readdirSync(join(root, 'etc/layered')), []);
      assert.ok(!readdirSync(join(root, 'etc')).includes('made'));
      assert.ok(!existsSync(join(root, 'etc/made')));
    });
  },
  'hazards 2, 3 and 11: no index, no metacopy, inode numbers that stay': () => {
    withLayered((root) => {
      const options = mountAt(mounts(), root)?.superOptions ?? [];
      assert.ok(!options.includes('metacopy=on') && !options.includes('index=on') && !options.includes('volatile'));
      const before = statSync(join(root, 'etc/hostname')).ino;
      run('sync', join(root, 'etc/hostname'));
      assert.equal(statSync(join(root, 'etc/hostname')).ino, before);
    });
  },
});
