/**
 * Which identity files a tree holds: absolute paths and simple patterns (`/etc/ssh/ssh_host_*`) against a directory.
 *
 * Only regular files count, and only where no link is on the way: these trees are lifeboot's own, and a link in
 * them would make it copy something else.
 */
import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { cleanPath, globPattern } from '../../core/root/store-names.ts';
import type { FileRights } from './durable.ts';
import { errorCode } from './tools.ts';
import type { Upper } from './upper.ts';

export interface Expanded {
  /** Absolute paths, sorted; names that match nothing vanish. */
  readonly paths: readonly string[];
  /** Names that mean nothing or could not be looked up: they do not keep the others out. */
  readonly problems: readonly string[];
}

/** The paths in `tree` that the configured names mean. */
export function expandNames(names: readonly string[], tree: string): Expanded {
  const paths = new Set<string>();
  const problems: string[] = [];
  for (const name of names) {
    try {
      for (const path of expandOne(cleanPath(name).slice(1).split('/'), tree, '')) paths.add(path);
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  return { paths: [...paths].sort(), problems };
}

function expandOne(parts: readonly string[], tree: string, done: string): readonly string[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [done];
  const pattern = globPattern(part);
  const names = pattern === null ? [part] : listDir(join(tree, done)).filter((name) => pattern.test(name));
  return names
    .filter((name) => fileStats(join(tree, done, name)) !== null)
    .flatMap((name) => expandOne(rest, tree, `${done}/${name}`));
}

/** @returns what is at `path` itself, links not followed; null: nothing. */
export function fileStats(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return null;
    throw new BootError('IO', `cannot read '${path}'`, { cause: error });
  }
}

export interface FileCopy {
  readonly bytes: Buffer;
  readonly rights: FileRights;
}

/** @returns a regular file with something in it; null for anything else. @throws BootError IO */
export function readCopy(path: string): FileCopy | null {
  const found = fileStats(path);
  if (found === null || !found.isFile() || found.size === 0) return null;
  try {
    return { bytes: readFileSync(path), rights: { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid } };
  } catch (error) {
    throw new BootError('IO', `cannot read '${path}'`, { cause: error });
  }
}

/** What a kept upper holds at a path of its root. */
export function keptInUpper(upper: Upper | null, layers: readonly string[]): (inRoot: string) => FileCopy | null {
  const written = upper?.kind === 'persistent' ? [upper.upper, ...layers] : layers;
  return (inRoot) => {
    // The topmost that has the name, also where it says that the file is gone.
    const place = written.map((dir) => join(dir, inRoot)).find((path) => fileStats(path) !== null);
    return place === undefined ? null : readCopy(place);
  };
}

/** @returns whether two copies have the same content, mode and owner. */
export function isSameCopy(left: FileCopy, right: FileCopy): boolean {
  const { rights: a } = left;
  const { rights: b } = right;
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && left.bytes.equals(right.bytes);
}

/** @returns whether a directory on the way to `path` is a link: then the path leads somewhere else. */
export function hasLinkOnTheWay(tree: string, path: string): boolean {
  for (let dir = dirname(path); dir !== '/' && dir !== '.'; dir = dirname(dir)) {
    if (fileStats(join(tree, dir))?.isSymbolicLink() === true) return true;
  }
  return false;
}

function listDir(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new BootError('IO', `cannot list '${path}'`, { cause: error });
  }
}
