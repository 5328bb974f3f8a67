import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePartitionTable, TABLE_BYTES } from '../../../src/core/root/partition-table.ts';
import { HEAD_BYTES, probeBtrfs, probeHead } from '../../../src/core/root/probe.ts';
import { viewOf } from '../../../src/core/root/superblock.ts';
import { spec } from '../../support/spec.ts';

function head(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  change(viewOf(bytes), bytes);
  return bytes;
}
const ext = (view: DataView): void => view.setUint16(1024 + 0x38, 0xef53, true);

spec('probeHead()', {
  'tells ext2, ext3 and ext4 apart by their features': () => {
    assert.equal(probeHead(head(ext))?.type, 'ext2');
    assert.equal(probeHead(head((view) => [ext(view), view.setUint32(1024 + 0x5c, 4, true)]))?.type, 'ext3');
    assert.equal(probeHead(head((view) => [ext(view), view.setUint32(1024 + 0x60, 0x40, true)]))?.type, 'ext4');
  },
  'leaves journals of their own, noise and leftovers to blkid': () => {
    assert.equal(probeHead(head((view) => [ext(view), view.setUint32(1024 + 0x60, 8, true)])), null);
    assert.equal(probeHead(new Uint8Array(HEAD_BYTES)), null);
    assert.equal(probeHead(new Uint8Array(10)), null);
    assert.equal(probeHead(head((view, bytes) => [ext(view), bytes.set(Buffer.from('XFSB'))])), null);
  },
  'never throws': () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(HEAD_BYTES - 64), (noise, at) => {
        const bytes = head((view, all) => [ext(view), all.set(noise, at)]);
        probeHead(bytes);
        probeBtrfs(bytes);
      }),
    );
  },
});

/** A GPT with one entry. */
function gpt(sectorBytes: number, name: string): Uint8Array {
  const bytes = new Uint8Array(TABLE_BYTES);
  const view = viewOf(bytes);
  bytes.set(Buffer.from('EFI PART'), sectorBytes);
  view.setBigUint64(sectorBytes + 72, 2n, true);
  view.setUint32(sectorBytes + 80, 128, true);
  view.setUint32(sectorBytes + 84, 128, true);
  const at = 2 * sectorBytes;
  bytes.set(Buffer.from('00112233445566778899aabbccddeeff', 'hex'), at + 16);
  view.setBigUint64(at + 32, 2048n, true);
  bytes.set(Buffer.from(name, 'utf16le'), at + 56);
  return bytes;
}

spec('parsePartitionTable()', {
  'reads a GPT, for both sector sizes': () => {
    const partuuid = '33221100-5544-7766-8899-aabbccddeeff';
    assert.deepEqual(
      parsePartitionTable(gpt(512, 'größe 1'), 512, () => new Map()),
      [{ firstSector: 2048, partuuid, partlabel: 'größe 1' }],
    );
    assert.equal(parsePartitionTable(gpt(4096, 'x'), 4096, () => new Map())[0]?.firstSector, 16384);
  },
  'names MBR partitions by the id of the disk and their number': () => {
    const bytes = new Uint8Array(TABLE_BYTES);
    bytes.set([0x78, 0x56, 0x34, 0x02], 440);
    bytes.set([0x55, 0xaa], 510);
    assert.deepEqual(
      parsePartitionTable(bytes, 512, () => new Map([[11, 4096]])),
      [{ firstSector: 4096, partuuid: '02345678-0b', partlabel: null }],
    );
  },
  'finds nothing in noise, and never throws': () => {
    assert.deepEqual(
      parsePartitionTable(new Uint8Array(TABLE_BYTES), 512, () => new Map([[1, 1]])),
      [],
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.constantFrom(72, 80, 512), (noise, offset) => {
        const bytes = gpt(512, 'x');
        bytes.set(noise, 512 + offset);
        parsePartitionTable(bytes, 512, () => new Map());
      }),
    );
  },
});
