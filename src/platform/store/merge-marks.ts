/**
 * What a chain of layers hides, as marks for one layer that hides the same.
 *
 * Reads only the directories of the layers, not what files hold.
 */
import { type Dirent, lstatSync } from 'node:fs';
import { type LayerEntry, type Merged, mergeEntries } from '../../core/store/merge-entries.ts';
import { readAttributes } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath } from './byte-path.ts';

export interface MergedMarks {
  /** Names that the base may have and that are deleted; byte strings, relative. */
  readonly whiteouts: readonly string[];
  /** Directories that hide what the base may have in them. */
  readonly opaque: readonly string[];
  /** Directories of the chain in which something is deleted, in whatever layer. */
  readonly withWhiteouts: readonly string[];
}

interface LayerDir {
  readonly top: string;
  readonly opaque: ReadonlySet<string>;
}

/**
 * @param layers directories, top first, without redirects
 * @param base the directory that they lie over: what is not there needs no mark; null: marks for whatever it may have
 * @throws BootError IO, UNAVAILABLE without the tools
 */
export function mergeMarks(layers: readonly string[], base: string | null): MergedMarks {
  const dirs = layers.map((dir): LayerDir => ({ top: toBytePath(dir), opaque: opaqueIn(dir) }));
  const marks = { whiteouts: [] as string[], opaque: [] as string[], withWhiteouts: [] as string[] };
  const visit = (path: string, from: readonly LayerDir[], under: string | null): void => {
    const listings = from.map((layer) => listDir(layer, path));
    if (listings.some((names) => [...names.values()].includes('whiteout'))) marks.withWhiteouts.push(path);
    const names = [...new Set(listings.flatMap((found) => [...found.keys()]))].sort();
    for (const name of names) {
      const merged = mergeEntries(listings.map((found) => found.get(name) ?? 'nothing'));
      const found = below(path, name);
      const hidden = under === null ? 'nothing' : look(`${under}/${name}`);
      if (hidden !== 'nothing' && merged.kind === 'whiteout') marks.whiteouts.push(found);
      if (merged.kind !== 'dir') continue;
      if (hidden !== 'nothing' && !merged.reachesBase) marks.opaque.push(found);
      visit(found, pick(from, merged), merged.reachesBase && hidden === 'dir' ? `${under}/${name}` : null);
    }
  };
  visit('', dirs, base === null ? UNKNOWN_BASE : toBytePath(base));
  return marks;

  function look(path: string): LayerEntry {
    return base === null ? 'dir' : kindAt(path);
  }
}

/** Below it everything may be there. */
const UNKNOWN_BASE = '';

function pick(from: readonly LayerDir[], merged: Extract<Merged, { kind: 'dir' }>): readonly LayerDir[] {
  return from.filter((_, index) => merged.layers.includes(index));
}

function opaqueIn(dir: string): ReadonlySet<string> {
  const found = readAttributes(dir, { pattern: '^trusted\\.overlay\\.opaque$' });
  return new Set(found.filter(({ value }) => value === '79').map(({ path }) => path));
}

function listDir({ top, opaque }: LayerDir, path: string): ReadonlyMap<string, LayerEntry> {
  const at = path === '' ? top : `${top}/${path}`;
  const entryOf = (entry: Dirent<string>): LayerEntry => {
    if (entry.isDirectory()) return opaque.has(below(path, entry.name)) ? 'opaque dir' : 'dir';
    return entry.isCharacterDevice() ? kindAt(`${at}/${entry.name}`) : 'other';
  };
  return new Map(readNames(at).map((entry) => [entry.name, entryOf(entry)]));
}

function kindAt(path: string): LayerEntry {
  const stat = lstatSync(fromBytePath(path), { throwIfNoEntry: false });
  if (stat === undefined) return 'nothing';
  if (stat.isDirectory()) return 'dir';
  return stat.isCharacterDevice() && stat.rdev === 0 ? 'whiteout' : 'other';
}
