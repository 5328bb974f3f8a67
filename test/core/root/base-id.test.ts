import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type BaseFacts, baseId, versionFrom } from '../../../src/core/root/base-id.ts';
import { maskSuperblock, superblockLayout, viewOf } from '../../../src/core/root/superblock.ts';
import { spec } from '../../support/spec.ts';

const TYPES = ['ext4', 'squashfs', 'erofs', 'xfs', 'btrfs', 'vfat'];

const facts = (change: Partial<BaseFacts> = {}): BaseFacts => ({
  type: 'ext4',
  uuid: 'u',
  deviceBytes: 1000n,
  superblock: new Uint8Array(1024),
  content: [{ path: '/usr/lib/os-release', digest: 'd' }],
  ...change,
});

spec('baseId()', {
  'is 64 hex digits and the same for the same facts': () => {
    assert.match(baseId(facts()), /^[0-9a-f]{64}$/);
    assert.equal(baseId(facts()), baseId(facts()));
  },
  'differs when type, UUID, superblock or content differ': () => {
    const other = new Uint8Array(1024).fill(1, 0x68, 0x78);
    const ids = [
      baseId(facts()),
      baseId(facts({ type: 'ext3' })),
      baseId(facts({ uuid: 'v' })),
      baseId(facts({ uuid: null })),
      baseId(facts({ superblock: other })),
      baseId(facts({ superblock: null })),
      baseId(facts({ content: [] })),
      baseId(facts({ content: [{ path: '/usr/lib/os-release', digest: 'e' }] })),
      baseId(facts({ content: [{ path: '/usr/lib/lifeboot/base-id', digest: 'd' }] })),
    ];
    assert.equal(new Set(ids).size, ids.length);
  },
  'tells the size of the file system, so that the same image on a larger partition is the same base': () => {
    assert.equal(baseId(facts({ deviceBytes: 2000n })), baseId(facts()));
    assert.notEqual(baseId(facts({ deviceBytes: 2000n, type: 'f2fs' })), baseId(facts({ type: 'f2fs' })));
  },
  'survives any superblock': () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (type, stream) => {
        const length = superblockLayout(type)?.length ?? 0;
        const superblock = Uint8Array.from(stream.take(length));
        assert.match(baseId(facts({ type, superblock })), /^[0-9a-f]{64}$/);
      }),
      { numRuns: 50 },
    );
  },
});

spec('maskSuperblock()', {
  'gives the same bytes whatever the volatile fields hold, and is idempotent': () => {
    for (const type of TYPES) {
      const layout = superblockLayout(type);
      assert.ok(layout !== null);
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: layout.length, maxLength: layout.length }),
          fc.nat(255),
          (bytes, value) => {
            const changed = bytes.slice();
            for (const [offset, length] of layout.volatile) changed.fill(value, offset, offset + length);
            const masked = maskSuperblock(layout, bytes);
            assert.deepEqual(maskSuperblock(layout, changed), masked);
            assert.deepEqual(maskSuperblock(layout, masked), masked);
          },
        ),
        { numRuns: 20 },
      );
    }
  },
  'keeps every other byte': () => {
    for (const type of TYPES) {
      const layout = superblockLayout(type);
      assert.ok(layout !== null);
      const plain = new Uint8Array(layout.length);
      const isVolatile = (at: number): boolean =>
        layout.volatile.some(([offset, length]) => at >= offset && at < offset + length) ||
        layout.bits.some(([offset]) => at >= offset && at < offset + 4);
      for (let at = 0; at < layout.length; at += 1) {
        const changed = plain.slice();
        changed[at] = 0xff;
        const same = Buffer.from(maskSuperblock(layout, changed)).equals(plain);
        if (!isVolatile(at)) assert.equal(same, false, `${type}: byte ${at} is lost`);
      }
    }
  },
  'clears only the flags that come and go': () => {
    const layout = superblockLayout('ext4');
    assert.ok(layout !== null);
    const bytes = new Uint8Array(1024).fill(0xff);
    const masked = viewOf(maskSuperblock(layout, bytes));
    assert.equal(masked.getUint32(0x60, true), 0xfffffffb);
    assert.equal(masked.getUint32(0x5c, true), 0xfffffff7);
    assert.equal(masked.getUint32(0x64, true), 0xfffeff9d);
  },
  'does not change what it was given': () => {
    const layout = superblockLayout('ext4');
    const bytes = new Uint8Array(1024).fill(0xff);
    if (layout !== null) maskSuperblock(layout, bytes);
    assert.ok(bytes.every((byte) => byte === 0xff));
  },
});

spec('superblockLayout()', {
  'does not know what it does not know, nor what every object has': () => {
    assert.equal(superblockLayout('zfs_member'), null);
    assert.equal(superblockLayout('toString'), null);
  },
  'tells a dirty journal and recorded errors of ext4': () => {
    const view = new DataView(new ArrayBuffer(1024));
    const layout = superblockLayout('ext4');
    assert.deepEqual(layout?.notes(view), []);
    view.setUint32(0x60, 0x4, true);
    view.setUint16(0x3a, 0x2, true);
    assert.match(layout?.notes(view).join(' ') ?? '', /journal is dirty.*having errors/);
  },
});

spec('versionFrom()', {
  'prefers the version of the image, then the release': () => {
    assert.equal(versionFrom('ID=debian\nVERSION_ID="12"\nIMAGE_VERSION=7.1\n'), '7.1');
    assert.equal(versionFrom('PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n'), 'debian 12');
    assert.equal(versionFrom('PRETTY_NAME="Debian GNU/Linux trixie/sid"\nID=debian\n'), 'Debian GNU/Linux trixie/sid');
  },
  'takes the first line of a text without keys': () => {
    assert.equal(versionFrom('node-os 2026.11.3\nbuilt by hand\n'), 'node-os 2026.11.3');
  },
  'finds none in nothing, and passes no control characters on': () => {
    assert.equal(versionFrom(''), null);
    assert.equal(versionFrom('\n\n'), null);
    assert.equal(versionFrom('IMAGE_VERSION="1\x1b[31m2"'), '1 [31m2');
    assert.equal(versionFrom(`IMAGE_VERSION=${'9'.repeat(300)}`)?.length, 64);
  },
});
