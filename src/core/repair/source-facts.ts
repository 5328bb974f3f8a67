/**
 * What could be written into a slot: an image file, or another slot's partition.
 *
 * Pure. Only raw file systems are written: a compressed image has no size that could be checked before the first byte.
 */
import type { FoundDisk } from './slot-facts.ts';

export type SourceForm = 'file system' | 'compressed' | 'disk' | 'sparse' | 'nothing';

export interface SourceFacts {
  /** For messages and the state: `'/srv/system.ext4'` or `slot a`. */
  readonly what: string;
  /** The file or device to read from. */
  readonly path: string;
  /** How much there is to read. */
  readonly sizeBytes: number;
  readonly form: SourceForm;
  readonly type: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  /** As its superblock tells it, or null. */
  readonly fileSystemBytes: number | null;
  /** Another slot's device; null: an image file. */
  readonly disk: FoundDisk | null;
}

const MAGIC: readonly (readonly [form: SourceForm, offset: number, bytes: readonly number[]])[] = [
  ['compressed', 0, [0x1f, 0x8b]], // gzip
  ['compressed', 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]], // xz
  ['compressed', 0, [0x28, 0xb5, 0x2f, 0xfd]], // zstd
  ['compressed', 0, [0x42, 0x5a, 0x68]], // bzip2
  ['compressed', 0, [0x04, 0x22, 0x4d, 0x18]], // lz4
  ['compressed', 0, [0x50, 0x4b, 0x03, 0x04]], // zip
  ['compressed', 0, [0x37, 0x7a, 0xbc, 0xaf]], // 7z
  ['sparse', 0, [0x3a, 0xff, 0x26, 0xed]],
  ['disk', 512, [0x45, 0x46, 0x49, 0x20, 0x50, 0x41, 0x52, 0x54]], // EFI PART
];

/**
 * @param head the first 4096 bytes
 * @param type the file system that was recognised, or null
 */
export function sourceForm(head: Uint8Array, type: string | null): SourceForm {
  if (type !== null) return 'file system';
  const known = MAGIC.find(([, offset, bytes]) => bytes.every((byte, index) => head[offset + index] === byte));
  if (known !== undefined) return known[0];
  return head[510] === 0x55 && head[511] === 0xaa && hasPartition(head) ? 'disk' : 'nothing';
}

/** An MBR with at least one entry; a boot sector of FAT ends in the same two bytes. */
function hasPartition(head: Uint8Array): boolean {
  return [446, 462, 478, 494].some((at) => (head[at + 4] ?? 0) !== 0);
}

const BLOCK_BYTES = 4096;

/**
 * How many bytes are copied: all of an image, and of a slot its file system without the empty rest of the partition;
 * in whole blocks where the target has room.
 */
export function bytesToWrite(source: SourceFacts, targetBytes: number): number {
  return Math.min(Math.ceil(contentBytes(source) / BLOCK_BYTES) * BLOCK_BYTES, targetBytes);
}

/** How many bytes of the source matter. */
export function contentBytes({ disk, sizeBytes, fileSystemBytes }: SourceFacts): number {
  return disk === null ? sizeBytes : Math.min(fileSystemBytes ?? sizeBytes, sizeBytes);
}
