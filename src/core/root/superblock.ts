/**
 * Superblocks: where each file system keeps its own, which fields change without the content changing, its size.
 *
 * Pure. Offsets from the kernel's headers (fs/ext4/ext4.h, fs/xfs/libxfs/xfs_format.h, fs/btrfs, fs/fat) and the
 * documents beside them. Invariant: what mounting, writing, unmounting or an error report changes is volatile;
 * what only mkfs, tune2fs or a resize changes is not.
 */
type Range = readonly [offset: number, length: number];

export interface SuperblockLayout {
  readonly offset: number;
  readonly length: number;
  /** Byte ranges that are set to zero before hashing. */
  readonly volatile: readonly Range[];
  /** Bits that are cleared in a little-endian u32 before hashing. */
  readonly bits: readonly (readonly [offset: number, mask: number])[];
  /** The size of the file system in bytes as the superblock tells it, or null. */
  readonly size: (view: DataView) => bigint | null;
  /** What an operator should know of the state it was left in. */
  readonly notes: (view: DataView) => readonly string[];
}

const quiet = (): readonly string[] => [];

const EXT4: SuperblockLayout = {
  offset: 1024,
  length: 1024,
  volatile: [
    [0x0c, 8], // free blocks, free inodes
    [0x2c, 10], // mount time, write time, mount count
    [0x3a, 2], // state
    [0x40, 4], // last check
    [0x88, 64], // last mounted on
    [0xe8, 4], // last orphan
    [0xfd, 1], // journal backup type
    [0x10c, 68], // journal backup
    [0x158, 4], // free blocks, high half
    [0x160, 4], // flags: signed or unsigned hash, set at the first mount
    [0x168, 8], // multi-mount protection block
    [0x178, 8], // kilobytes written
    [0x194, 108], // errors
    [0x248, 4], // overhead clusters, computed at mount
    [0x258, 16], // salt for encryption, made at first use
    [0x274, 2], // high bits of write and mount time
    [0x277, 5], // high bits of last check and of the error times, error codes
    [0x3fc, 4], // checksum
  ],
  bits: [
    [0x5c, 0x8], // ext_attr: set by the first attribute
    [0x60, 0x4], // needs recovery
    [0x64, 0x2 | 0x20 | 0x40 | 0x10000], // large_file, dir_nlink, extra_isize, orphan_present: set while in use
  ],
  size: (view) => {
    const high = (view.getUint32(0x60, true) & 0x80) === 0 ? 0 : view.getUint32(0x150, true);
    const blocks = (BigInt(high) << 32n) | BigInt(view.getUint32(0x4, true));
    return blocks * 1024n * (1n << BigInt(view.getUint32(0x18, true) & 31));
  },
  notes: (view) => [
    ...((view.getUint32(0x60, true) & 0x4) === 0 ? [] : ['its journal is dirty: it was not unmounted cleanly']),
    ...((view.getUint16(0x3a, true) & 0x2) === 0 ? [] : ['its file system is marked as having errors']),
  ],
};

const SQUASHFS: SuperblockLayout = {
  offset: 0,
  length: 96,
  volatile: [],
  bits: [],
  size: (view) => view.getBigUint64(40, true),
  notes: quiet,
};

const EROFS: SuperblockLayout = {
  offset: 1024,
  length: 128,
  volatile: [[4, 4]], // checksum
  bits: [],
  size: (view) => BigInt(view.getUint32(36, true)) << BigInt(view.getUint8(12) & 31),
  notes: quiet,
};

const XFS: SuperblockLayout = {
  offset: 0,
  length: 512,
  volatile: [
    [126, 1], // in progress
    [128, 32], // inode and free space counters
    [176, 2], // quota flags
    [220, 8], // log features in use, checksum
    [240, 8], // last log sequence
  ],
  bits: [],
  size: (view) => view.getBigUint64(8) * BigInt(view.getUint32(4)),
  notes: quiet,
};

const BTRFS: SuperblockLayout = {
  offset: 65536,
  length: 4096,
  volatile: [
    [0, 32], // checksum
    [0x48, 40], // generation, tree roots
    [0x78, 8], // bytes used
    [0xa0, 12], // chunk array size, generation of the chunk tree
    [0xb4, 16], // features, some set at the first mount
    [0xc6, 3], // tree levels
    [0xc9, 98], // this device's item, with its own counters
    [0x22b, 4096 - 0x22b], // cache generations, chunk array, root backups
  ],
  bits: [],
  size: (view) => view.getBigUint64(0x70, true),
  notes: quiet,
};

const VFAT: SuperblockLayout = {
  offset: 0,
  length: 512,
  volatile: [
    [0x25, 1], // FAT12/16: dirty flags
    [0x41, 1], // FAT32: dirty flags
  ],
  bits: [],
  size: (view) => {
    const small = view.getUint16(0x13, true);
    return BigInt(small === 0 ? view.getUint32(0x20, true) : small) * BigInt(view.getUint16(0xb, true));
  },
  notes: quiet,
};

const LAYOUTS: Readonly<Record<string, SuperblockLayout>> = {
  ext2: EXT4,
  ext3: EXT4,
  ext4: EXT4,
  squashfs: SQUASHFS,
  erofs: EROFS,
  xfs: XFS,
  btrfs: BTRFS,
  vfat: VFAT,
};

/** @returns null for a file system whose superblock lifeboot does not read: only its UUID and device size are known. */
export function superblockLayout(type: string): SuperblockLayout | null {
  return Object.hasOwn(LAYOUTS, type) ? (LAYOUTS[type] ?? null) : null;
}

/** @returns a copy of `bytes` (a whole superblock) in which everything volatile is zero. */
export function maskSuperblock(layout: SuperblockLayout, bytes: Uint8Array): Uint8Array {
  const masked = new Uint8Array(layout.length);
  masked.set(bytes.subarray(0, layout.length));
  for (const [offset, length] of layout.volatile) masked.fill(0, offset, offset + length);
  const view = viewOf(masked);
  for (const [offset, mask] of layout.bits) view.setUint32(offset, (view.getUint32(offset, true) & ~mask) >>> 0, true);
  return masked;
}

/** A view over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
