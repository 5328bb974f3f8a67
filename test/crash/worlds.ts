/**
 * The disks that a run begins with.
 */

import { encodeRecord, recordOffsets } from '../../src/core/state/record-codec.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { formatState } from '../../src/core/state/state-json.ts';
import { type Content, type Image, type Inode, sectorsOf, type VolumeName } from './disk/image.ts';
import type { Keeping } from './node-config.ts';

/** Paths with their content; a path that ends in `/` is a directory. */
export type Tree = Readonly<Record<string, string>>;

export interface WorldOptions {
  readonly keeping: Keeping;
  /** What the medium of the state holds; null on a file: there is no file yet. */
  readonly medium: Uint8Array | null;
  readonly data?: Tree;
  /** A slot's partition. */
  readonly slot?: Uint8Array;
}

const TIME = 1_780_000_000_000;

class Builder {
  readonly inodes = new Map<number, Inode>();
  readonly roots = new Map<VolumeName, number>();

  add(content: Content, mode: number): number {
    const number = 2 + this.inodes.size;
    this.inodes.set(number, { mode, uid: 0, gid: 0, mtimeMs: TIME + number, ...content });
    return number;
  }

  raw(bytes: Uint8Array, kind: 'file' | 'block', mode: number): number {
    return this.add({ kind, sectors: sectorsOf(bytes), size: bytes.length }, mode);
  }

  tree(tree: Tree): number {
    const names = new Set(Object.keys(tree).map((path) => path.split('/')[0] ?? ''));
    names.delete('');
    const entries = [...names].map((name): [string, number] => {
      const content = tree[name];
      if (content !== undefined) return [name, this.raw(Buffer.from(content), 'file', 0o600)];
      const below = Object.entries(tree)
        .filter(([path]) => path.startsWith(`${name}/`))
        .map(([path, text]): [string, string] => [path.slice(name.length + 1), text]);
      return [name, this.tree(Object.fromEntries(below))];
    });
    return this.add({ kind: 'dir', entries: new Map(entries) }, 0o755);
  }
}

export function makeWorld({ keeping, medium, data = {}, slot }: WorldOptions): Image {
  const builder = new Builder();
  if (keeping === 'partition')
    builder.roots.set('state', builder.raw(medium ?? new Uint8Array(65_536), 'block', 0o660));
  else {
    const entries = medium === null ? [] : [['lifeboot.state', builder.raw(medium, 'file', 0o600)] as const];
    builder.roots.set('boot', builder.add({ kind: 'dir', entries: new Map(entries) }, 0o755));
  }
  builder.roots.set('data', builder.tree(data));
  if (slot !== undefined) builder.roots.set('slot', builder.raw(slot, 'block', 0o660));
  return { inodes: builder.inodes, roots: builder.roots };
}

/** A medium with `state` in one record, and in the other what `other` says. */
export function mediumWith(
  state: BootState,
  { sizeBytes, record, other }: { sizeBytes: number; record: 0 | 1; other: Uint8Array | null },
): Uint8Array {
  const medium = new Uint8Array(sizeBytes);
  const offsets = recordOffsets(sizeBytes);
  medium.set(encodeRecord(formatState(state), 40n), offsets[record]);
  if (other !== null) medium.set(other, offsets[record === 0 ? 1 : 0]);
  return medium;
}
