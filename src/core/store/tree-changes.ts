/**
 * What changed in a tree between two looks at it, and so must be copied again.
 *
 * Pure. Paths are byte strings, relative.
 */

/** One look at a file: whatever is written, linked, renamed or set changes one of these. */
export interface Seen {
  readonly isDir: boolean;
  readonly inode: bigint;
  /** Mode, size, times: equal exactly when nothing changed. */
  readonly mark: string;
}

export type Look = ReadonlyMap<string, Seen>;

export interface TreeChanges {
  /** To be removed from the copy, with all below, before anything is copied. */
  readonly gone: readonly string[];
  /** To be copied, without what is below. */
  readonly renewed: readonly string[];
}

/** @param after in an order that has directories before what they hold, as `before` */
export function changesBetween(before: Look, after: Look): TreeChanges {
  const gone: string[] = [];
  const replaced = new Set<string>();
  for (const [path, old] of before) {
    if (isBelowOne(path, replaced)) continue;
    const now = after.get(path);
    // Another directory of the same name: what it holds may have come along with its old times.
    if (now === undefined || now.isDir !== old.isDir || (now.isDir && now.inode !== old.inode)) {
      gone.push(path);
      replaced.add(path);
    }
  }
  const renewed: string[] = [];
  for (const [path, now] of after) {
    const old = before.get(path);
    if (old === undefined || old.mark !== now.mark || old.inode !== now.inode || isBelowOne(path, replaced)) {
      renewed.push(path);
    }
  }
  return { gone, renewed };
}

/**
 * What a copy has that is not there, or is of another kind: made after the look before the copy, and gone before the next.
 * @param copy in an order that has directories before what they hold
 */
export function straysIn(copy: Look, after: Look): readonly string[] {
  const found = new Set<string>();
  for (const [path, { isDir }] of copy) {
    if (after.get(path)?.isDir !== isDir && !isBelowOne(path, found)) found.add(path);
  }
  return [...found];
}

/** What is copied again, with the directories that it is put into: that changes their times in the copy. */
export function pathsToCopy({ gone, renewed }: TreeChanges, after: Look): readonly string[] {
  const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
  const parents = [...gone, ...renewed].map(parentOf).filter((path) => after.has(path));
  return [...new Set([...parents, ...renewed])];
}

/** @returns whether the path or a directory above it is one of these */
export function isBelowOne(path: string, tops: ReadonlySet<string>): boolean {
  if (tops.has(path)) return true;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (tops.has(path.slice(0, end))) return true;
  }
  return false;
}
