/** Looks at what an upper holds: which names, and whether they differ from what lies below. Reads only. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { isPassing } from '../../core/store/staged-changes.ts';

/** Larger ones count as changed without being read. */
const COMPARED_BYTES = 16 * 1024 * 1024;

/** @returns what the upper has besides directories that only lead somewhere, relative, unsorted */
export function changedPaths(upper: string): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(upper, path), { withFileTypes: true })) {
      const each = join(path, entry.name);
      if (entry.isDirectory()) visit(each);
      else found.push(each);
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
  return (
    changedPaths(upper).some((path) => !isPassing(path) && !isSame(upper, path, lower)) || hasNewDirectory(upper, lower)
  );
}

function isSame(upper: string, path: string, lower: readonly string[]): boolean {
  const before = topmost(path, lower);
  const now = lstatSync(join(upper, path));
  if (before === null || before.stat.mode !== now.mode || before.stat.uid !== now.uid || before.stat.gid !== now.gid) {
    return false;
  }
  if (now.isSymbolicLink()) return readlinkSync(join(upper, path)) === readlinkSync(before.place);
  if (!now.isFile() || now.size !== before.stat.size || now.size > COMPARED_BYTES) return false;
  return readFileSync(join(upper, path)).equals(readFileSync(before.place));
}

function hasNewDirectory(upper: string, lower: readonly string[]): boolean {
  const visit = (path: string): boolean =>
    readdirSync(join(upper, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isPassing(join(path, entry.name)))
      .some(({ name }) => topmost(join(path, name), lower) === null || visit(join(path, name)));
  return visit('');
}

function topmost(path: string, lower: readonly string[]): { readonly place: string; readonly stat: Stats } | null {
  for (const dir of lower) {
    const place = join(dir, path);
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (stat !== undefined) return stat.isCharacterDevice() && stat.rdev === 0 ? null : { place, stat };
  }
  return null;
}
