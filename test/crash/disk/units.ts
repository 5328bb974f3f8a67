/**
 * What a file call changes on a disk, in the smallest pieces that a power cut can keep or lose one by one.
 *
 * Pure. This is the weakest promise a file system makes (POSIX): nothing is on the medium before its fsync. Data goes by
 * sectors; size, rights and names each on their own and in any order; a rename is one change, as in every file system
 * with a journal; a new name is safe only after an fsync of its directory. File systems in use promise more.
 */
import { type Attributes, type Inode, type Sector, type VolumeName, ZERO } from './image.ts';

export type Unit =
  | { readonly kind: 'write'; readonly inode: number; readonly index: number; readonly sector: Sector }
  | { readonly kind: 'size'; readonly inode: number; readonly size: number }
  | { readonly kind: 'rights'; readonly inode: number; readonly change: Partial<Attributes> }
  /** Names that change together; null: the name goes. */
  | { readonly kind: 'names'; readonly changes: readonly NameChange[]; readonly mtimeMs: number };

export interface NameChange {
  readonly dir: number;
  readonly name: string;
  readonly inode: number | null;
}

export type DiskEvent =
  /** An inode that nothing points at yet: there is nothing of it to lose. */
  | { readonly kind: 'make'; readonly number: number; readonly inode: Inode }
  | { readonly kind: 'unit'; readonly unit: Unit; readonly volume: VolumeName }
  /** fsync of a file or a directory. */
  | { readonly kind: 'sync'; readonly inode: number }
  /** A whole volume: `sync -f`, an unmount. Null: all of them. */
  | { readonly kind: 'syncVolume'; readonly volume: VolumeName | null }
  /** Not of the disk: what the program has said or done by now, which the laws ask about. */
  | { readonly kind: 'mark'; readonly text: string };

/** Whether an fsync of `inode` makes this unit durable. */
export function belongsTo(unit: Unit, inode: number): boolean {
  return unit.kind === 'names' ? unit.changes.some(({ dir }) => dir === inode) : unit.inode === inode;
}

/** Inodes on their way to a new image: each is copied at its first change. */
export class Changing {
  readonly inodes: Map<number, Inode>;
  private readonly own = new Set<number>();

  constructor(inodes: ReadonlyMap<number, Inode>) {
    this.inodes = new Map(inodes);
  }

  /** What is there now; later changes go to copies. */
  snapshot(): ReadonlyMap<number, Inode> {
    this.own.clear();
    return new Map(this.inodes);
  }

  apply(unit: Unit): void {
    switch (unit.kind) {
      case 'write':
        this.write(unit.inode, unit.index, unit.sector);
        return;
      case 'size':
        this.change(unit.inode, (inode) =>
          inode.kind === 'file' ? { ...inode, size: unit.size, sectors: cutTo(inode.sectors, unit.size) } : inode,
        );
        return;
      case 'rights':
        this.change(unit.inode, (inode) => ({ ...inode, ...unit.change }));
        return;
      case 'names':
        for (const { dir, name, inode } of unit.changes) this.name(dir, name, inode, unit.mtimeMs);
        return;
      default:
        unit satisfies never;
    }
  }

  private write(number: number, index: number, sector: Sector): void {
    const inode = this.inodes.get(number);
    if (inode === undefined || (inode.kind !== 'file' && inode.kind !== 'block')) return;
    if (!this.own.has(number)) {
      this.own.add(number);
      this.inodes.set(number, { ...inode, sectors: [...inode.sectors] });
    }
    const own = this.inodes.get(number);
    if (own === undefined || (own.kind !== 'file' && own.kind !== 'block')) return;
    const sectors = own.sectors as Sector[];
    while (sectors.length < index) sectors.push(ZERO);
    sectors[index] = sector;
  }

  private name(dir: number, name: string, inode: number | null, mtimeMs: number): void {
    this.change(dir, (parent) => {
      if (parent.kind !== 'dir') return parent;
      const entries = new Map(parent.entries);
      if (inode === null) entries.delete(name);
      else entries.set(name, inode);
      return { ...parent, entries, mtimeMs };
    });
  }

  private change(number: number, how: (inode: Inode) => Inode): void {
    const inode = this.inodes.get(number);
    if (inode === undefined) return;
    this.own.delete(number);
    this.inodes.set(number, how(inode));
  }
}

/** A shorter file has lost what was behind its end. */
function cutTo(sectors: readonly Sector[], size: number): readonly Sector[] {
  return sectors.slice(0, Math.ceil(size / 512));
}
