/** The writer on real devices: the order on the medium, a medium that garbles or refuses writes, a device in use. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEAD_BYTES } from '../../../src/core/repair/write-pieces.ts';
import { openSlotWriter } from '../../../src/platform/repair/slot-writer.ts';
import { readPastCache } from '../../../src/platform/state/read-past-cache.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { assertFails, run, withNode } from '../root/disks.ts';

const MIB = 1024 * 1024;
const BYTES = 12 * MIB + 12_288;

function pattern(seed: number): Buffer {
  const block = Buffer.from(Uint8Array.from({ length: 4099 }, (_, index) => (index * 31 + seed) % 251));
  return Buffer.alloc(BYTES, block);
}

/** An image, and a loop device with other content. */
function withDevice(body: (device: string, image: string, dir: string) => void): void {
  withNode((node) => {
    const image = join(node.dir, 'image');
    writeFileSync(image, pattern(1));
    const medium = join(node.dir, 'medium');
    writeFileSync(medium, Buffer.concat([pattern(2), pattern(2)]));
    body(node.attach(medium), image, node.dir);
  });
}

const quiet = (): void => undefined;

function held(device: string): Buffer {
  return Buffer.from(readPastCache(device, 0, 16 * MIB)).subarray(0, BYTES);
}

spec('openSlotWriter()', {
  'clears the head first, writes it last, and touches nothing behind the image': () => {
    withDevice((device, image) => {
      const writer = openSlotWriter({ from: image, to: device, bytes: BYTES });
      assert.equal(writer.holdsSource(), false);
      writer.clearHead();
      assert.ok(
        held(device)
          .subarray(0, HEAD_BYTES)
          .every((byte) => byte === 0),
        'nothing can be mounted',
      );
      const seen: number[] = [];
      writer.writeBody((bytes) => void seen.push(bytes));
      writer.checkBody(quiet);
      assert.deepEqual(seen.slice(-5), [4 * MIB, 8 * MIB, 12 * MIB, 12 * MIB + 8192, BYTES]);
      assert.ok(
        held(device)
          .subarray(0, HEAD_BYTES)
          .every((byte) => byte === 0),
        'not before all of it was compared',
      );
      writer.writeHead();
      assert.ok(writer.holdsSource());
      writer.close();
      assert.ok(held(device).equals(pattern(1)));
      const rest = readFileSync(device).subarray(BYTES, 2 * BYTES);
      assert.ok(rest.equals(pattern(2)), 'what lies behind is left alone');
    });
  },
  'fills the last block of an odd image with zeros': () => {
    withDevice((device, image) => {
      truncateSync(image, 4 * MIB + 1000);
      const writer = openSlotWriter({ from: image, to: device, bytes: 4 * MIB + 4096 });
      writer.clearHead();
      writer.writeBody(quiet);
      writer.checkBody(quiet);
      writer.writeHead();
      writer.close();
      const tail = readFileSync(device).subarray(4 * MIB, 4 * MIB + 4096);
      assert.ok(tail.subarray(0, 1000).equals(pattern(1).subarray(4 * MIB, 4 * MIB + 1000)));
      assert.ok(tail.subarray(1000).every((byte) => byte === 0));
    });
  },
  'finds a medium that gives back other bytes than were written, in each step': () => {
    for (const [bad, size] of [
      [0, 4096],
      [8 * MIB, 4 * MIB],
    ]) {
      withDevice((device, image) => {
        const readBack: typeof readPastCache = (path, offset, length) => {
          const bytes = readPastCache(path, offset, length);
          if (offset === bad) bytes[length - 1] = (bytes[length - 1] ?? 0) ^ 1;
          return bytes;
        };
        const writer = openSlotWriter({ from: image, to: device, bytes: BYTES }, { readBack });
        const error = assertFails(
          'IO',
          new RegExp(`does not hold what was written to it, in the ${size} bytes at ${bad}`),
          () => {
            writer.clearHead();
            writer.writeBody(quiet);
            writer.checkBody(quiet);
          },
        );
        writer.close();
        assert.match(error.hint ?? '', /garbles writes/);
        assert.ok(
          held(device)
            .subarray(0, HEAD_BYTES)
            .every((byte) => byte === 0),
          'and the head was never written',
        );
      });
    }
  },
  'finds a medium that changes behind the cache between writing and comparing': () => {
    withDevice((device, image, dir) => {
      const writer = openSlotWriter({ from: image, to: device, bytes: BYTES });
      writer.clearHead();
      writer.writeBody(quiet);
      // What a card does that acknowledges a write and loses it.
      run('dd', 'if=/dev/zero', `of=${join(dir, 'medium')}`, 'bs=4096', 'seek=2048', 'count=1', 'conv=notrunc,fsync');
      assertFails('IO', /does not hold what was written/, () => writer.checkBody(quiet));
      writer.close();
    });
  },
  'reports a medium that takes no more writes': () => {
    withTempDir((dir) => {
      const small = join(dir, 'small');
      mkdirSync(small);
      run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small);
      try {
        const medium = join(small, 'medium');
        writeFileSync(medium, '');
        truncateSync(medium, 16 * MIB);
        const image = join(dir, 'image');
        writeFileSync(image, pattern(1));
        const device = run('losetup', '--find', '--show', medium).trim();
        const writer = openSlotWriter({ from: image, to: device, bytes: BYTES });
        try {
          writer.clearHead();
          assertFails('IO', /cannot (write|flush)/, () => writer.writeBody(quiet));
        } finally {
          writer.close();
          run('losetup', '-d', device);
        }
      } finally {
        run('umount', small);
        rmSync(small, { recursive: true });
      }
    });
  },
  'is refused by the kernel for a device that is mounted, and by a write-protected one': () => {
    withNode((node) => {
      const image = node.makeImage('ext4', {});
      const device = node.attach(node.makeImage('ext4', {}));
      const dir = join(node.dir, 'mounted');
      mkdirSync(dir);
      run('mount', '-o', 'ro', device, dir);
      assertFails('REFUSED', /is in use/, () => openSlotWriter({ from: image, to: device, bytes: 4096 }));
      run('umount', dir);
      openSlotWriter({ from: image, to: device, bytes: 4096 }).close();
      run('blockdev', '--setro', device);
      const writer = openSlotWriter({ from: image, to: device, bytes: 4096 });
      try {
        assertFails('IO', /cannot write/, () => writer.clearHead());
      } finally {
        writer.close();
        // The next user of this loop device would find it so.
        run('blockdev', '--setrw', device);
      }
      assertFails('IO', /cannot open/, () => openSlotWriter({ from: join(node.dir, 'none'), to: device, bytes: 4096 }));
    });
  },
});
