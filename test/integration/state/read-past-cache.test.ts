/** Reading past the page cache on a real block device, ext4 and tmpfs: what is read is what the medium holds. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPastCache } from '../../../src/platform/state/read-past-cache.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { overwrite, run, withLoop } from './media.ts';

const LENGTH = 16_384;

function numbered(): Uint8Array {
  return Uint8Array.from({ length: 4 * LENGTH }, (_, index) => (index * 7 + Math.floor(index / LENGTH)) % 251);
}

spec('readPastCache()', {
  'gives the bytes at the offset, from a block device and from a file': () => {
    withTempDir((dir) => {
      const path = join(dir, 'medium');
      const bytes = numbered();
      writeFileSync(path, bytes, { flush: true });
      const expected = Buffer.from(bytes.subarray(2 * LENGTH, 3 * LENGTH));
      assert.deepEqual(Buffer.from(readPastCache(path, 2 * LENGTH, LENGTH)), expected);
      withLoop(path, (device) => {
        assert.deepEqual(Buffer.from(readPastCache(device, 2 * LENGTH, LENGTH)), expected);
      });
    });
  },
  'sees what changed beneath the cache of the device': () => {
    withTempDir((dir) => {
      const path = join(dir, 'medium');
      writeFileSync(path, numbered(), { flush: true });
      withLoop(path, (device) => {
        // Kept open: the last close of a device drops its cache.
        const holder = openSync(device, 'r');
        try {
          readFileSync(device);
          // Behind the device's back, as a card does that lost a write.
          overwrite(path, 0, new Uint8Array(LENGTH).fill(9));
          run('sync', path);
          assert.deepEqual(Buffer.from(readPastCache(device, 0, LENGTH)), Buffer.alloc(LENGTH, 9));
          assert.notDeepEqual(readFileSync(device).subarray(0, LENGTH), Buffer.alloc(LENGTH, 9));
        } finally {
          closeSync(holder);
        }
      });
    });
  },
  'reads on a file system in memory, too': () => {
    withTempDir((dir) => {
      run('mount', '-t', 'tmpfs', 'tmpfs', dir);
      try {
        writeFileSync(join(dir, 'medium'), numbered());
        assert.deepEqual(
          Buffer.from(readPastCache(join(dir, 'medium'), LENGTH, LENGTH)),
          Buffer.from(numbered().subarray(LENGTH, 2 * LENGTH)),
        );
      } finally {
        run('umount', dir);
      }
    });
  },
});
