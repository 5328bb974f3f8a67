/**
 * Looks at what an upper holds: which names, and whether they differ from what lies below. Reads only.
 *
 * Names are byte strings: they need not be text.
 */
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { isPassing } from '../../core/store/staged-changes.ts';
import { readAttributes } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath, unlessGone } from './byte-path.ts';

/** Larger ones count as changed without being read. */
const COMPARED_BYTES = 16 * 1024 * 1024;

/** What overlay does not write for itself. */
const ATTRIBUTES = '^(security\\.capability|system\\.posix_acl_|user\\.)';

/** @returns what the upper has besides directories that only lead somewhere, relative, as byte strings, unsorted */
export function changedPaths(upper: string): readonly string[] {
  return walk(toBytePath(upper)).flatMap(({ path, isDirectory }) => (isDirectory ? [] : [path]));
}

interface Found {
  readonly path: string;
  readonly isDirectory: boolean;
}

function walk(top: string): readonly Found[] {
  const found: Found[] = [];
  const visit = (path: string): void => {
    for (const entry of readNames(`${top}/${path}`)) {
      const each = below(path, entry.name);
      found.push({ path: each, isDirectory: entry.isDirectory() });
      if (entry.isDirectory()) visit(each);
    }
  };
  visit('');
  return found;
}

/**
 * Whether anything was changed but logs, caches and locks. A file that was only opened for writing is the same as below.
 * @param lower what lies below, top first
 */
export function hasChanges(upper: string, lower: readonly string[]): boolean {
  const [top, others] = [toBytePath(upper), lower.map(toBytePath)];
  const isChanged = walk(top).some(({ path }) => !isPassing(path) && !isSame(top, path, others));
  // Rare enough that whatever has one is taken for a change.
  return isChanged || readAttributes(upper, { pattern: ATTRIBUTES }).some(({ path }) => !isPassing(path));
}

function isSame(upper: string, path: string, lower: readonly string[]): boolean {
  const before = topmost(path, lower);
  const place = `${upper}/${path}`;
  const now = lstatSync(fromBytePath(place));
  if (before === null || before.stat.mode !== now.mode || before.stat.uid !== now.uid || before.stat.gid !== now.gid) {
    return false;
  }
  if (now.isDirectory()) return true;
  if (now.isSymbolicLink()) return linkAt(place) === linkAt(before.place);
  if (!now.isFile() || now.size !== before.stat.size || now.size > COMPARED_BYTES) return false;
  return readFileSync(fromBytePath(place)).equals(readFileSync(fromBytePath(before.place)));
}

function linkAt(place: string): string {
  return readlinkSync(fromBytePath(place), { encoding: 'latin1' });
}

function topmost(path: string, lower: readonly string[]): { readonly place: string; readonly stat: Stats } | null {
  for (const dir of lower) {
    const place = `${dir}/${path}`;
    const stat = unlessGone(() => lstatSync(fromBytePath(place)));
    if (stat !== null) return stat.isCharacterDevice() && stat.rdev === 0 ? null : { place, stat };
  }
  return null;
}
