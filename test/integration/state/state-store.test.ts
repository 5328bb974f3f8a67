/**
 * The boot state store on real media: raw loop devices, files on ext4, media that are read-only, too small,
 * missing, failing or copy-on-write. (vfat is tried in a guest: not every kernel has it.)
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { encodeRecord, RECORD_BYTES, recordOffsets } from '../../../src/core/state/record-codec.ts';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { writeRecord } from '../../../src/platform/state/record-medium.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

import { emptyFile, numbered, overwrite, pendingOf, run, SIZE, STATE, withLoop } from './media.ts';

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
      // No medium here lies on demand, so the reading back does.
      const lie = (): Uint8Array => new Uint8Array(RECORD_BYTES);
      assert.throws(() => writeRecord(path, 0, encodeRecord('{}', 1n), lie), /does not hold what was just written/);
    });
  },
});

/** Renews the checksum after the header was changed; the payload has two bytes. */
function withChecksum(record: Uint8Array): void {
  const covered = Buffer.concat([record.subarray(0, 24), record.subarray(32, 34)]);
  new DataView(record.buffer).setUint32(24, crc32(covered), true);
}
