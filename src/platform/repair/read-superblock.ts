/**
 * What is recognised at the head of a device or an image: type, names, size, and whether ext4 left a backup.
 *
 * Reads only.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { isExt } from '../../core/repair/file-system-check.ts';
import type { SuperblockFacts } from '../../core/repair/slot-facts.ts';
import { BTRFS_OFFSET, HEAD_BYTES, probeBtrfs, probeHead } from '../../core/root/probe.ts';
import { superblockLayout, viewOf } from '../../core/root/superblock.ts';
import { runBlkid } from '../root/probe-device.ts';

/** The first backup superblock of ext2/3/4, for blocks of 1, 2 and 4 KiB (mke2fs(8)). */
const EXT_BACKUPS = [8193 * 1024, 16384 * 2048, 32768 * 4096];
const EXT_MAGIC_OFFSET = 0x38;
const EXT_MAGIC = 0xef53;
const EXT_INCOMPATIBLE_OFFSET = 0x60;
const NEEDS_RECOVERY = 0x4;

/** @throws Error of node:fs when the device cannot be read; BootError IO when `blkid` fails */
export function readSuperblockFacts(path: string): SuperblockFacts {
  const head = readAt(path, 0, HEAD_BYTES);
  const probed = probeHead(head) ?? probeBtrfs(readAt(path, BTRFS_OFFSET, HEAD_BYTES)) ?? askBlkid(path);
  if (probed === null) return { ...NOTHING, hasBackup: EXT_BACKUPS.some((offset) => isExtBackup(path, offset)) };
  const layout = superblockLayout(probed.type);
  const bytes = layout === null ? null : readAt(path, layout.offset, layout.length);
  const isWhole = layout !== null && bytes !== null && bytes.length === layout.length;
  return {
    ...probed,
    sizeBytes: isWhole ? toNumber(layout.size(viewOf(bytes))) : null,
    notes: isWhole ? layout.notes(viewOf(bytes)) : [],
    isJournalDirty:
      isWhole && isExt(probed.type) && (viewOf(bytes).getUint32(EXT_INCOMPATIBLE_OFFSET, true) & NEEDS_RECOVERY) !== 0,
    hasBackup: false,
  };
}

const NOTHING = { type: null, label: null, uuid: null, sizeBytes: null, notes: [], isJournalDirty: false } as const;

function toNumber(size: bigint | null): number | null {
  return size === null ? null : Number(size);
}

/** The head decides here; a table of partitions inside a slot is not a file system. */
function askBlkid(
  path: string,
): { readonly type: string; readonly label: string | null; readonly uuid: string | null } | null {
  const told = runBlkid([path]).find((device) => device.path === path);
  return told?.type == null ? null : { type: told.type, label: told.label, uuid: told.uuid };
}

function isExtBackup(path: string, offset: number): boolean {
  const bytes = readAt(path, offset, 1024);
  return bytes.length === 1024 && viewOf(bytes).getUint16(EXT_MAGIC_OFFSET, true) === EXT_MAGIC;
}

/** @returns fewer bytes where the device ends */
export function readAt(path: string, offset: number, length: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  } finally {
    closeSync(file);
  }
}
