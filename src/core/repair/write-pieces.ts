/**
 * Cuts an image into the pieces in which it is written, flushed and compared.
 *
 * Pure. Each piece is a power of two and begins at a multiple of its own length: the first ones small, as that is where
 * every file system has its superblock, the others as large as is quick. Invariant: together they are the whole image.
 */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** The superblocks that are at the head: within 4 KiB of ext4, erofs, squashfs, xfs; at 64 KiB that of btrfs. */
export const HEAD_BYTES = 128 * 1024;
const FIRST_BYTES = 4096;
const LARGEST_BYTES = 4 * 1024 * 1024;

/** @param bytes a multiple of 512 @returns in order of their offsets */
export function piecesOf(bytes: number): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let offset = 0; offset < bytes; ) {
    const aligned = offset === 0 ? FIRST_BYTES : lowestBit(offset);
    const length = Math.min(LARGEST_BYTES, aligned, 2 ** Math.floor(Math.log2(bytes - offset)));
    pieces.push({ offset, length });
    offset += length;
  }
  return pieces;
}

export function isHead({ offset }: Piece): boolean {
  return offset < HEAD_BYTES;
}

/** Beyond 2^32, where bit operators do not reach, whatever is a multiple of the largest piece is aligned enough. */
function lowestBit(offset: number): number {
  const low = offset % (2 * LARGEST_BYTES);
  return low === 0 ? LARGEST_BYTES : low & -low;
}
