/** A data partition that fills up, or that an error makes read-only, while the system runs; and what the next boot does. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runningTrouble } from '../../../src/platform/running-trouble.ts';
import { spec } from '../../support/spec.ts';
import { run, withData, withNode } from './disks.ts';

/** The kernel's own way to an error: what a bad block does to ext4, without the block. */
function failFileSystem(device: string): void {
  writeFileSync(join('/sys/fs/ext4', basename(device), 'trigger_fs_error'), 'test\n');
}

spec('runningTrouble()', {
  'says nothing of a sound data partition, nor of a boot without one': () => {
    withData((node, base, device) => {
      assert.deepEqual(runningTrouble(node.data), []);
      node.assemble(base, { kind: 'persistent', device });
      assert.deepEqual(runningTrouble(node.data), []);
    });
  },
  'says that it is read-only after an error; the next boot writes again': () => {
    withData((node, base, device) => {
      run('tune2fs', '-e', 'remount-ro', device);
      node.assemble(base, { kind: 'persistent', device });
      writeFileSync(join(node.newRoot, 'etc/before'), 'kept');
      run('sync', '-f', node.data);
      failFileSystem(device);
      assert.throws(() => writeFileSync(join(node.newRoot, 'etc/after'), ''), /EROFS/);
      assert.match(runningTrouble(node.data).join(), /the data partition is read-only/);
      node.builder.release();
      assert.deepEqual(node.assemble(base, { kind: 'persistent', device }).degraded, []);
      assert.equal(node.inRoot('etc/before'), 'kept');
      writeFileSync(join(node.newRoot, 'etc/after'), '');
    });
  },
  'says that it is read-only, in the words of every kernel': () => {
    withNode((node) => {
      const dir = join(node.dir, 'mounted');
      mkdirSync(dir);
      run('mount', '-o', 'ro', node.disk('ext4', {}), dir);
      assert.match(runningTrouble(dir).join(), /the data partition is read-only/);
      run('umount', dir);
    });
  },
  'says that it is full; the next boot has its upper in memory, and finds the room that was made': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      const fill = join(node.data, 'fill');
      assert.throws(() => run('dd', 'if=/dev/zero', `of=${fill}`, 'bs=64K', 'status=none'));
      assert.match(runningTrouble(node.data).join(), /the data partition is full: \d+ KiB free; the next boot/);
      node.builder.release();
      assert.match(node.assemble(base, { kind: 'persistent', device }).degraded.join(), /in memory only.*is full/);
      rmSync(fill);
      node.builder.release();
      assert.deepEqual(node.assemble(base, { kind: 'persistent', device }).degraded, []);
    });
  },
});

spec('a node whose files were deleted', {
  'has /var again: from the image where it is persistent, else whatever the system makes of it': () => {
    withData((node, base, device) => {
      const bound = () => {
        const { degraded } = node.assemble(base, { kind: 'persistent', device });
        return [...degraded, ...node.builder.bindPersistent(['/var'])];
      };
      assert.deepEqual(bound(), []);
      writeFileSync(join(node.newRoot, 'var/own'), 'x');
      node.builder.release();
      node.within(device, (dir) => rmSync(join(dir, 'lifeboot/persist/var'), { recursive: true }));
      assert.deepEqual(bound(), []);
      assert.equal(node.inRoot('var/log/old.log'), 'kept\n');
      assert.equal(existsSync(join(node.newRoot, 'var/own')), false);
      node.builder.release();
      node.assemble(base, { kind: 'persistent', device });
      rmSync(join(node.newRoot, 'var'), { recursive: true });
      node.builder.release();
      assert.deepEqual(bound(), [], 'the mount point is made again');
    });
  },
  'has its identity again, also when the whole directory was deleted': () => {
    withNode((node) => {
      const base = node.disk('ext4', { 'sbin/init': '#!/bin/sh\n', 'etc/machine-id': 'image\n', 'root/': '' });
      const device = node.disk(
        'ext4',
        { 'lifeboot/identity/root/.ssh/authorized_keys': 'operator\n' },
        { sizeMiB: 32 },
      );
      const files = ['/root/.ssh/authorized_keys'];
      const boot = () => {
        node.assemble(base, { kind: 'persistent', device });
        return node.builder.placeIdentity(files);
      };
      for (const lose of [() => undefined, (dir: string) => rmSync(dir, { recursive: true })]) {
        assert.deepEqual(boot(), []);
        assert.equal(node.inRoot('root/.ssh/authorized_keys'), 'operator\n');
        lose(join(node.newRoot, 'root/.ssh'));
        node.builder.release();
      }
      assert.deepEqual(boot(), []);
      assert.equal(node.inRoot('root/.ssh/authorized_keys'), 'operator\n');
      writeFileSync(join(node.newRoot, 'root/.ssh/authorized_keys'), '');
      node.builder.release();
      assert.deepEqual(boot(), []);
      assert.equal(node.inRoot('root/.ssh/authorized_keys'), 'operator\n', 'an emptied file is none');
      mkdirSync(join(node.newRoot, 'x'));
    });
  },
});
