/**
 * The boot state in a preallocated file: mounted only while needed, in place or not at all.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareStateFile } from '../../../src/platform/state/open-state.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

import { emptyFile, numbered, openFile, run, withLoop } from './media.ts';

spec('state store in a file', {
  'keeps the state, mounting the file system only while it is needed': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir, 16 << 20);
      run('mkfs.ext4', '-q', path);
      withLoop(path, (device) => {
        const mount = join(dir, 'mnt');
        run('mkdir', mount);
        run('mount', device, mount);
        try {
          assert.equal(prepareStateFile(join(mount, 'lifeboot.state')), true);
          assert.equal(prepareStateFile(join(mount, 'lifeboot.state')), false);
        } finally {
          run('umount', mount);
        }
        const store = openFile(device, dir);
        assert.equal(store.read().kind, 'blank');
        store.save(numbered(1));
        store.save(numbered(2));
        const reading = openFile(device, dir).read();
        assert.equal(reading.kind === 'valid' && reading.state.pending.length, 2);
        assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(`${dir}/`));
      });
    });
  },
  'uses the mount that is there, and leaves it': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir, 16 << 20);
      run('mkfs.ext4', '-q', path);
      withLoop(path, (device) => {
        const mount = join(dir, 'mnt');
        run('mkdir', mount);
        run('mount', device, mount);
        try {
          prepareStateFile(join(mount, 'lifeboot.state'));
          openFile(device, dir).save(numbered(1));
          const reading = openFile(device, dir).read();
          assert.equal(reading.kind === 'valid' && reading.state.pending.length, 1);
        } finally {
          run('umount', mount);
        }
      });
    });
  },
  'writes to a file system that is mounted read-only, and leaves it so': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir, 16 << 20);
      run('mkfs.ext4', '-q', path);
      withLoop(path, (device) => {
        const mount = join(dir, 'mnt');
        run('mkdir', mount);
        run('mount', device, mount);
        try {
          prepareStateFile(join(mount, 'lifeboot.state'));
          run('mount', '-o', 'remount,ro', mount);
          openFile(device, dir).save(numbered(1));
          const reading = openFile(device, dir).read();
          assert.equal(reading.kind === 'valid' && reading.state.pending.length, 1);
          assert.throws(() => writeFileSync(join(mount, 'x'), ''), /EROFS/);
        } finally {
          run('umount', mount);
        }
      });
    });
  },
  'refuses a copy-on-write file system': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir, 128 << 20);
      run('mkfs.btrfs', '-q', path);
      withLoop(path, (device) => {
        const reading = openFile(device, dir).read();
        assert.match(reading.kind === 'unreadable' ? reading.why : reading.kind, /btrfs does not write in place/);
      });
    });
  },
  'is absent when the file or the file system is': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir, 16 << 20);
      run('mkfs.ext4', '-q', path);
      withLoop(path, (device) => assert.equal(openFile(device, dir).read().kind, 'absent'));
    });
  },
});
