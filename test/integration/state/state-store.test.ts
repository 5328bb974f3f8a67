/**
 * The boot state store on real media: raw loop devices, files on ext4, media that are read-only, too small,
 * missing, failing or copy-on-write. (vfat is tried in a guest: not every kernel has it.)
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { encodeRecord, RECORD_BYTES, recordOffsets } from '../../../src/core/state/record-codec.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { openConfiguredState, openStatePath, prepareStateFile } from '../../../src/platform/state/open-state.ts';
import { spec } from '../../support/spec.ts';
import { configOf, good, stateOf } from '../../support/states.ts';
import { withTempDir } from '../../support/temp-dir.ts';

const SIZE = 1 << 20;
const STATE = stateOf({ a: good('a'), b: good('b') });

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function emptyFile(dir: string, sizeBytes = SIZE): string {
  const path = join(dir, 'medium');
  writeFileSync(path, '');
  truncateSync(path, sizeBytes);
  return path;
}

function withLoop<T>(path: string, body: (device: string) => T, ...options: string[]): T {
  const device = run('losetup', '--find', '--show', ...options, path);
  try {
    return body(device);
  } finally {
    run('losetup', '-d', device);
  }
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'r+');
  try {
    writeSync(descriptor, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(descriptor);
  }
}

/** Saves states with history lengths 1, 2, 3… so that they can be told apart. */
function numbered(count: number): BootState {
  return { ...STATE, pending: Array.from({ length: count }, (_, index) => `p${index}`) };
}

function pendingOf(path: string): number | string {
  const reading = openStatePath(path).read();
  return reading.kind === 'valid' ? reading.state.pending.length : reading.kind;
}

function openFile(device: string, dir: string) {
  const config = configOf(`[state]\ndevice = "${device}"\nfile = "lifeboot.state"\n[slots.a]\nroot = "/dev/x"\n`);
  return openConfiguredState(config, { findDevice: (name) => name, waitSeconds: 0, runDirectory: dir });
}

spec('state store on a raw device', {
  'alternates between the records and survives a reopen': () => {
    withTempDir((dir) => {
      withLoop(emptyFile(dir), (device) => {
        assert.equal(pendingOf(device), 'blank');
        const store = openStatePath(device);
        for (let count = 1; count <= 4; count += 1) {
          store.save(numbered(count));
          assert.equal(pendingOf(device), count);
          const reading = openStatePath(device).read();
          assert.equal(reading.kind === 'valid' && reading.record, count % 2 === 1 ? 0 : 1);
        }
      });
    });
  },
  'reads the older record when the newer one is torn or corrupt, and says so': () => {
    withTempDir((dir) => {
      withLoop(emptyFile(dir), (device) => {
        const store = openStatePath(device);
        store.save(numbered(1));
        store.save(numbered(2));
        const [, second] = recordOffsets(SIZE);
        overwrite(device, second + 512, new Uint8Array(512).fill(0x55));
        // The record is short: only its header and payload count, so the header is hit too.
        overwrite(device, second + 40, new Uint8Array(4).fill(0x55));
        const reading = openStatePath(device).read();
        assert.equal(reading.kind === 'valid' && reading.state.pending.length, 1);
        assert.match((reading.kind === 'valid' && reading.note) || '', /record 1 .* checksum is wrong.*ignoring/);
      });
    });
  },
  'is corrupt when both records are, and can be written anew': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir);
      overwrite(path, 0, new Uint8Array(SIZE).fill(0xa5));
      assert.equal(pendingOf(path), 'corrupt');
      openStatePath(path).save(numbered(3));
      assert.equal(pendingOf(path), 3);
    });
  },
  'never overwrites what a newer format wrote': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir);
      const newer = encodeRecord('{}', 4n);
      new DataView(newer.buffer).setUint16(8, 2, true);
      withChecksum(newer);
      overwrite(path, 0, newer);
      const store = openStatePath(path);
      assert.equal(store.read().kind, 'tooNew');
      assert.throws(() => store.save(STATE), /newer format/);
      assert.deepEqual(readFileSync(path).subarray(0, RECORD_BYTES), Buffer.from(newer));
    });
  },
  'says that a medium is absent, too small or read-only': () => {
    withTempDir((dir) => {
      assert.equal(openStatePath(join(dir, 'nothing')).read().kind, 'absent');
      const small = openStatePath(emptyFile(dir, 16_384)).read();
      assert.match(small.kind === 'unreadable' ? small.why : '', /16384 bytes/);
      const path = emptyFile(dir);
      openStatePath(path).save(numbered(1));
      withLoop(
        path,
        (device) => {
          assert.equal(pendingOf(device), 1);
          assert.throws(() => openStatePath(device).save(numbered(2)), /cannot write the boot state/);
          assert.equal(pendingOf(device), 1);
        },
        '--read-only',
      );
    });
  },
  'keeps the old record when the medium fails in the middle of a write': () => {
    withTempDir((dir) => {
      run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir);
      try {
        withLoop(emptyFile(dir), (device) => {
          openStatePath(device).save(numbered(1));
          // The room behind the device is used up: its next new block is an I/O error.
          assert.throws(() => run('dd', 'if=/dev/zero', `of=${join(dir, 'filler')}`, 'bs=4k'));
          assert.throws(() => openStatePath(device).save(numbered(2)), /cannot write the boot state/);
          run('blockdev', '--flushbufs', device);
          assert.equal(pendingOf(device), 1);
        });
      } finally {
        run('umount', '-l', dir);
      }
    });
  },
  'notices a medium that does not hold what was written': () => {
    withTempDir((dir) => {
      const path = emptyFile(dir);
      // No medium here lies on demand, so the program that reads back does.
      writeFileSync(join(dir, 'dd'), `#!/bin/sh\nexec head -c ${RECORD_BYTES} /dev/zero\n`, { mode: 0o755 });
      const before = process.env['PATH'];
      process.env['PATH'] = `${dir}:${before}`;
      try {
        assert.throws(() => openStatePath(path).save(numbered(1)), /does not hold what was just written/);
      } finally {
        process.env['PATH'] = before;
      }
    });
  },
});

/** Renews the checksum after the header was changed; the payload has two bytes. */
function withChecksum(record: Uint8Array): void {
  const covered = Buffer.concat([record.subarray(0, 24), record.subarray(32, 34)]);
  new DataView(record.buffer).setUint32(24, crc32(covered), true);
}

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
