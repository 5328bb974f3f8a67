/**
 * Compares two mounted roots, entry by entry: only the names that some layer brings, where those are known.
 *
 * Reads only. Invariant: what the roots show decides, not what lies in the layers; a layer only tells where to look. Below
 * a directory that a layer hides or replaces every name is looked at.
 */
import { closeSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import type { EntryKind } from '../../core/store/listing.ts';
import { type Aspect, type FileChange, isWithin, leadsTo } from '../../core/store/root-diff.ts';
import { errorCode } from '../root/tools.ts';
import { attributesAt, OVERLAYS } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath } from './byte-path.ts';
import { kindOf } from './list-tree.ts';

export interface ComparedRoots {
  readonly from: string;
  readonly to: string;
  /** The layers and uppers that only one of them has; null: any name may differ. */
  readonly touched: readonly string[] | null;
  /** Relative byte strings; none: all. */
  readonly paths: readonly string[];
}

/** @returns by path, a directory before what is in it. @throws BootError IO, UNAVAILABLE without getfattr */
export function compareRoots(roots: ComparedRoots): readonly FileChange[] {
  const walk = new Walk(roots);
  walk.visit('', roots.touched === null);
  return walk.finish();
}

class Walk {
  private readonly roots: ComparedRoots;
  private readonly from: string;
  private readonly to: string;
  private readonly touched: readonly string[];
  private readonly changes = new Map<string, FileChange>();
  /** There in both, as the same kind, so that their attributes have to be compared. */
  private pairs: string[] = [];
  /** Directories of layers, of which only their attributes tell whether they let through what lies below. */
  private dirs: (readonly [place: string, path: string])[] = [];

  constructor(roots: ComparedRoots) {
    this.roots = roots;
    this.from = toBytePath(roots.from);
    this.to = toBytePath(roots.to);
    this.touched = (roots.touched ?? []).map(toBytePath);
  }

  visit(path: string, isWhole: boolean): void {
    const names = isWhole ? this.allNames(path) : this.touchedNames(path);
    for (const [name, isPlain] of [...names].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const place = below(path, name);
      if (leadsTo(place, this.roots.paths)) this.compare(place, isWhole || !isPlain);
    }
  }

  /** What attributes alone tell is known only now, for all of them by one run of the tool. */
  finish(): readonly FileChange[] {
    while (this.pairs.length + this.dirs.length > 0) {
      const [pairs, dirs] = [this.pairs, this.dirs];
      [this.pairs, this.dirs] = [[], []];
      const { from, to } = this;
      const places = [...dirs.map(([place]) => place), ...pairs.flatMap((path) => [at(from, path), at(to, path)])];
      const found = attributesOf(places);
      for (const path of pairs) {
        if (found.shown.get(at(from, path)) !== found.shown.get(at(to, path))) this.addAttributes(path);
      }
      for (const [place, path] of dirs) if (found.marked.has(place)) this.visit(path, true);
    }
    return [...this.changes.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  private addAttributes(path: string): void {
    const known = this.changes.get(path);
    const what = (known?.what ?? []).filter((aspect) => aspect !== 'attributes');
    this.add(path, kindAt(this.from, path), kindAt(this.to, path), [...what, 'attributes']);
  }

  private compare(path: string, isWhole: boolean): void {
    const [before, after] = [statAt(this.from, path), statAt(this.to, path)];
    const [was, is] = [before === null ? null : kindOf(before), after === null ? null : kindOf(after)];
    if (before === null || after === null || was !== is) {
      this.add(path, was, is, ['kind']);
      if (was === 'dir' || is === 'dir') this.visit(path, true);
      return;
    }
    const what = [...rightsThatDiffer(before, after), ...this.contentDiffers(path, before, after)];
    if (what.length > 0) this.add(path, was, is, what);
    if (was !== 'link') this.pairs.push(path);
    if (was === 'dir') this.visit(path, isWhole);
  }

  private add(path: string, from: EntryKind | null, to: EntryKind | null, what: readonly Aspect[]): void {
    if (!isWithin(path, this.roots.paths) || (from === null && to === null)) return;
    const change = from === null ? 'added' : to === null ? 'removed' : 'changed';
    this.changes.set(path, { path, change, from, to, what: change === 'changed' ? what : [] });
  }

  private contentDiffers(path: string, before: Stats, after: Stats): readonly Aspect[] {
    const [one, other] = [at(this.from, path), at(this.to, path)];
    if (before.isSymbolicLink()) return linkOf(one) === linkOf(other) ? [] : ['content'];
    if (before.isFile()) return before.size === after.size && isSameContent(one, other, before.size) ? [] : ['content'];
    const isDevice = before.isBlockDevice() || before.isCharacterDevice();
    return isDevice && before.rdev !== after.rdev ? ['content'] : [];
  }

  private allNames(path: string): ReadonlyMap<string, boolean> {
    const names = [this.from, this.to].flatMap((root) => namesAt(at(root, path)));
    return new Map(names.map(({ name }) => [name, true]));
  }

  /** Each with whether all that any layer has of it is a directory. */
  private touchedNames(path: string): ReadonlyMap<string, boolean> {
    const found = new Map<string, boolean>();
    for (const top of this.touched) {
      for (const entry of namesAt(at(top, path))) {
        const isDir = entry.isDirectory();
        found.set(entry.name, isDir && (found.get(entry.name) ?? true));
        const place = below(path, entry.name);
        if (isDir) this.dirs.push([at(top, place), place]);
      }
    }
    return found;
  }
}

interface FoundAttributes {
  /** By place: what a mounted root shows. */
  readonly shown: ReadonlyMap<string, string>;
  /** Directories that hide or replace what lies below. */
  readonly marked: ReadonlySet<string>;
}

const MARK = /^trusted\.overlay\.(opaque|redirect)$/;

/** @param places absolute */
function attributesOf(places: readonly string[]): FoundAttributes {
  const [shown, marked] = [new Map<string, string>(), new Set<string>()];
  const relative = places.map((place) => place.slice(1));
  for (const { path, name, value } of attributesAt('/', relative)) {
    const place = `/${path}`;
    if (MARK.test(name)) marked.add(place);
    if (!OVERLAYS.test(name)) shown.set(place, `${shown.get(place) ?? ''}${name}=${value}\n`);
  }
  return { shown, marked };
}

function at(root: string, path: string): string {
  return path === '' ? root : `${root}/${path}`;
}

function namesAt(dir: string): ReturnType<typeof readNames> {
  try {
    return readNames(dir);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function statAt(root: string, path: string): Stats | null {
  try {
    return lstatSync(fromBytePath(at(root, path)), { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    // What lies above it is no directory in this root.
    if (errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

function kindAt(root: string, path: string): EntryKind | null {
  const stat = statAt(root, path);
  return stat === null ? null : kindOf(stat);
}

function linkOf(path: string): string {
  return readlinkSync(fromBytePath(path), { encoding: 'latin1' });
}

function rightsThatDiffer(before: Stats, after: Stats): readonly Aspect[] {
  const isModeSame = before.mode === after.mode || before.isSymbolicLink();
  const isOwnerSame = before.uid === after.uid && before.gid === after.gid;
  return [...(isModeSame ? [] : (['mode'] as const)), ...(isOwnerSame ? [] : (['owner'] as const))];
}

const CHUNK_BYTES = 128 * 1024;
const CHUNKS = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;

function isSameContent(one: string, other: string, sizeBytes: number): boolean {
  const [first, second] = [openSync(fromBytePath(one), 'r'), openSync(fromBytePath(other), 'r')];
  try {
    for (let done = 0; done < sizeBytes; ) {
      const [left, right] = [readSync(first, CHUNKS[0]), readSync(second, CHUNKS[1])];
      if (left !== right || !CHUNKS[0].subarray(0, left).equals(CHUNKS[1].subarray(0, right))) return false;
      // A file of what runs was cut off meanwhile.
      if (left === 0) return true;
      done += left;
    }
    return true;
  } finally {
    closeSync(first);
    closeSync(second);
  }
}
