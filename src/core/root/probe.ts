/**
 * Recognises the file systems that a base or the data partition usually has, from the head of a device.
 *
 * Pure. `blkid` knows many more and is asked for the rest; but it reads so much that under emulation or on a slow card
 * it costs more than mounting. Types are named as `blkid` names them. Magic numbers and offsets: the kernel's headers.
 */
import { viewOf } from './superblock.ts';

export interface Probed {
  readonly type: string;
  readonly uuid: string | null;
  readonly label: string | null;
}

/** Enough for all but btrfs, whose superblock lies at 64 KiB. */
export const HEAD_BYTES = 4096;
export const BTRFS_OFFSET = 65536;

/**
 * @param head the first {@link HEAD_BYTES} of the device
 * @returns null when nothing or more than one thing is recognised: leftovers of an older file system are for `blkid`
 */
export function probeHead(head: Uint8Array): Probed | null {
  if (head.length < HEAD_BYTES) return null;
  const found = [probeExt(head), probeSquashfs(head), probeErofs(head), probeXfs(head)].filter((one) => one !== null);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** @param block the {@link HEAD_BYTES} at {@link BTRFS_OFFSET} */
export function probeBtrfs(block: Uint8Array): Probed | null {
  if (block.length < HEAD_BYTES || text(block, 0x40, 8) !== '_BHRfS_M') return null;
  return { type: 'btrfs', uuid: uuid(block, 0x20), label: label(block, 0x12b, 256) };
}

const JOURNAL_DEVICE = 0x8;
const HAS_JOURNAL = 0x4;
/** Features that ext3 knows; with any other it is ext4. */
const EXT3_INCOMPATIBLE = 0x2 | 0x4 | 0x10;
const EXT3_READ_ONLY = 0x1 | 0x2 | 0x4;

function probeExt(head: Uint8Array): Probed | null {
  const block = head.subarray(1024, 2048);
  const view = viewOf(block);
  if (view.getUint16(0x38, true) !== 0xef53) return null;
  const incompatible = view.getUint32(0x60, true);
  if ((incompatible & JOURNAL_DEVICE) !== 0) return null;
  const isNew = (incompatible & ~EXT3_INCOMPATIBLE) !== 0 || (view.getUint32(0x64, true) & ~EXT3_READ_ONLY) !== 0;
  const hasJournal = (view.getUint32(0x5c, true) & HAS_JOURNAL) !== 0;
  const type = isNew ? 'ext4' : hasJournal ? 'ext3' : 'ext2';
  return { type, uuid: uuid(block, 0x68), label: label(block, 0x78, 16) };
}

function probeSquashfs(head: Uint8Array): Probed | null {
  const isCurrent = text(head, 0, 4) === 'hsqs' && viewOf(head).getUint16(28, true) === 4;
  return isCurrent ? { type: 'squashfs', uuid: null, label: null } : null;
}

function probeErofs(head: Uint8Array): Probed | null {
  if (viewOf(head).getUint32(1024, true) !== 0xe0f5e1e2) return null;
  return { type: 'erofs', uuid: uuid(head, 1024 + 48), label: label(head, 1024 + 64, 16) };
}

function probeXfs(head: Uint8Array): Probed | null {
  return text(head, 0, 4) === 'XFSB' ? { type: 'xfs', uuid: uuid(head, 32), label: label(head, 108, 12) } : null;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
}

function label(bytes: Uint8Array, start: number, length: number): string | null {
  const field = Buffer.from(bytes.subarray(start, start + length));
  const end = field.indexOf(0);
  return (
    field
      .subarray(0, end < 0 ? length : end)
      .toString('utf8')
      .trimEnd() || null
  );
}

function uuid(bytes: Uint8Array, start: number): string | null {
  const hex = Buffer.from(bytes.subarray(start, start + 16)).toString('hex');
  return /^0*$/.test(hex) ? null : dashed(hex);
}

/** 32 hex digits in the groups of a UUID. */
export function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
