/**
 * What a disk holds: inodes that point at sectors, immutable, so that a hundred thousand images share what they have in
 * common.
 *
 * Pure. Two images are the same when what can be reached from their roots is: an inode without a name is not there.
 */
import { createHash } from 'node:crypto';

export const SECTOR_BYTES = 512;

/** A sector reaches the medium whole or not at all; what spans two can be torn between them. */
export class Sector {
  readonly bytes: Uint8Array;
  private known: string | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get digest(): string {
    this.known ??= createHash('sha1').update(this.bytes).digest('base64');
    return this.known;
  }
}

export const ZERO = new Sector(new Uint8Array(SECTOR_BYTES));

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
}

export type Content =
  | { readonly kind: 'file' | 'block'; readonly sectors: readonly Sector[]; readonly size: number }
  | { readonly kind: 'dir'; readonly entries: ReadonlyMap<string, number> }
  | { readonly kind: 'link'; readonly target: string };

export type Inode = Attributes & Content;

/** The file systems and raw partitions of a node, by name. `run` is memory: a power cut empties it. */
export type VolumeName = 'state' | 'boot' | 'data' | 'slot' | 'run';

export interface Image {
  readonly inodes: ReadonlyMap<number, Inode>;
  readonly roots: ReadonlyMap<VolumeName, number>;
}

export const sectorsOf = (bytes: Uint8Array): readonly Sector[] => {
  const count = Math.ceil(bytes.length / SECTOR_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const sector = new Uint8Array(SECTOR_BYTES);
    sector.set(bytes.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES));
    return sector.some((byte) => byte !== 0) ? new Sector(sector) : ZERO;
  });
};

/** @returns the first `size` bytes of a file; what was never written reads as zero */
export function bytesOf(sectors: readonly Sector[], size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index * SECTOR_BYTES < size; index += 1) {
    const sector = sectors[index] ?? ZERO;
    if (sector !== ZERO) bytes.set(sector.bytes.subarray(0, size - index * SECTOR_BYTES), index * SECTOR_BYTES);
  }
  return bytes;
}

const digests = new WeakMap<Inode, string>();

/** @returns a hash of all that the disks hold, by content and not by how it came there */
export function hashImage(image: Image): string {
  const hash = createHash('sha1');
  for (const [name, root] of image.roots) {
    if (name !== 'run') hash.update(`${name}\0${digestTree(image, root)}`);
  }
  return hash.digest('base64');
}

function digestTree(image: Image, number: number): string {
  const inode = image.inodes.get(number);
  if (inode === undefined) return 'missing';
  if (inode.kind !== 'dir') return digestContent(inode);
  const entries = [...inode.entries].sort(([left], [right]) => (left < right ? -1 : 1));
  const told = entries.map(([name, child]) => `${name}\0${digestTree(image, child)}`).join('\0');
  return `dir${rightsOf(inode)}(${told})`;
}

function digestContent(inode: Exclude<Inode, { kind: 'dir' }>): string {
  const known = digests.get(inode);
  if (known !== undefined) return known;
  const hash = createHash('sha1');
  if (inode.kind === 'link') hash.update(inode.target);
  else {
    // In one piece: a call for each sector would cost more than the hash.
    hash.update(`${inode.size}\0${inode.sectors.map((sector) => sector.digest).join('')}`);
  }
  const digest = `${inode.kind}${rightsOf(inode)}${hash.digest('base64')}`;
  digests.set(inode, digest);
  return digest;
}

/** Times are left out: they tell images apart that no reader can. */
function rightsOf({ mode, uid, gid }: Attributes): string {
  return `${mode.toString(8)}:${uid}:${gid}`;
}
