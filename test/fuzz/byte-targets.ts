/**
 * Bytes of disks: partition tables, superblocks, programs.
 */
import { isKernelCut } from '../../src/core/repair/kernel-files.ts';
import { sourceForm } from '../../src/core/repair/source-facts.ts';
import { parseElf, runsOn } from '../../src/core/root/elf.ts';
import { parsePartitionTable, TABLE_BYTES } from '../../src/core/root/partition-table.ts';
import { HEAD_BYTES, probeBtrfs, probeHead } from '../../src/core/root/probe.ts';
import { maskSuperblock, superblockLayout, viewOf } from '../../src/core/root/superblock.ts';
import { Broken, type Target } from './fuzz.ts';

const TYPES = ['ext4', 'ext3', 'ext2', 'squashfs', 'erofs', 'xfs', 'btrfs', 'vfat'];

function gpt(): Uint8Array {
  const disk = Buffer.alloc(TABLE_BYTES);
  disk.write('EFI PART', 512, 'latin1');
  disk.writeBigUInt64LE(2n, 512 + 72);
  disk.writeUInt32LE(8, 512 + 80);
  disk.writeUInt32LE(128, 512 + 84);
  for (let entry = 0; entry < 4; entry += 1) {
    const at = 1024 + entry * 128;
    disk.fill(0x11 * (entry + 1), at, at + 32);
    disk.writeBigUInt64LE(BigInt(2048 * (entry + 1)), at + 32);
    disk.write(`root-${entry}`, at + 56, 'utf16le');
  }
  return disk;
}

function mbr(): Uint8Array {
  const disk = Buffer.alloc(TABLE_BYTES);
  disk.writeUInt32LE(0xdead_beef, 440);
  disk.set([0x55, 0xaa], 510);
  return disk;
}

/** Heads that each recogniser takes, made from its own magic numbers. */
function heads(): readonly Uint8Array[] {
  const put = (at: number, value: readonly number[] | string): Uint8Array => {
    const head = Buffer.alloc(HEAD_BYTES);
    head.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, at);
    return head;
  };
  return [
    put(1024 + 0x38, [0x53, 0xef]),
    put(0, 'hsqs'),
    put(1024, [0xe2, 0xe1, 0xf5, 0xe0]),
    put(0, 'XFSB'),
    put(0x52, 'FAT32   '),
    put(0x40, '_BHRfS_M'),
    put(510, [0x55, 0xaa]),
  ];
}

function elf(bits: 32 | 64): Uint8Array {
  const file = Buffer.alloc(2048);
  file.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1]);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  const [programs, sections, sizes] = bits === 64 ? [32, 40, 54] : [28, 32, 42];
  file.writeUInt32LE(bits === 64 ? 64 : 52, programs);
  file.writeUInt32LE(1024, sections);
  file.writeUInt16LE(bits === 64 ? 56 : 32, sizes);
  file.writeUInt16LE(3, sizes + 2);
  for (const [index, type] of [1, 2, 3].entries()) {
    const at = (bits === 64 ? 64 : 52) + index * (bits === 64 ? 56 : 32);
    file.writeUInt32LE(type, at);
    const [offset, size] = bits === 64 ? [at + 8, at + 32] : [at + 4, at + 16];
    file.writeUInt32LE(512 + index * 64, offset);
    file.writeUInt32LE(64, size);
  }
  file.write('/lib64/ld-linux-x86-64.so.2\0', 512 + 128, 'latin1');
  return file;
}

function askTable(input: Buffer): boolean {
  const entries = [512, 4096].flatMap((size) => parsePartitionTable(input, size, () => new Map([[1, 2048]])));
  return entries.length > 0;
}

function askHead(input: Buffer): boolean {
  const probed = probeHead(input);
  const later = probeBtrfs(input);
  for (const type of TYPES) {
    const layout = superblockLayout(type);
    if (layout === null) continue;
    const masked = maskSuperblock(layout, input.subarray(layout.offset % 1024));
    if (masked.length !== layout.length) throw new Broken('a masked superblock of another length');
    layout.size(viewOf(masked));
    layout.notes(viewOf(masked));
  }
  sourceForm(input, probed?.type ?? null);
  isKernelCut(input, 9_000_000);
  return probed !== null || later !== null;
}

function askElf(input: Buffer): boolean {
  const parsed = parseElf(input);
  if (parsed !== null) runsOn(parsed, 'x64');
  return parsed !== null;
}

const MAGICS = [
  'EFI PART',
  'hsqs',
  'XFSB',
  '_BHRfS_M',
  'FAT32   ',
  'FAT16   ',
  '\x7fELF',
  '\xff\xff\xff\xff',
  '\0\0\0\0',
];

export const BYTE_TARGETS: readonly Target[] = [
  { name: 'partition table', seeds: [gpt(), mbr()], words: MAGICS, ask: askTable },
  { name: 'superblocks', seeds: heads(), words: MAGICS, ask: askHead },
  { name: 'ELF', seeds: [elf(64), elf(32)], words: MAGICS, ask: askElf },
];
