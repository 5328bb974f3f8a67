/**
 * Saves identity files before a factory reset puts uppers and persistent directories aside: what only they hold, and what
 * was renewed there since the last proof.
 *
 * Only a proven slot's version may take the place of a copy; another one is better than none at all.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cleanPath, IDENTITY, persistName } from '../../core/root/store-names.ts';
import { expandNames, type FileCopy, hasLinkOnTheWay, readCopy } from './identity-files.ts';
import { keepVersion } from './save-identity.ts';
import { wasSaved } from './saved-versions.ts';
import { upperInUse } from './upper-in-use.ts';

export interface KeepRequest {
  /** Absolute paths and patterns. */
  readonly files: readonly string[];
  /** `SLOT-DEPLOYMENT` of proven slots, the one that ran last first. */
  readonly proven: readonly string[];
  /** Persistent directories. */
  readonly persist: readonly string[];
  /** The copies that the image carries. */
  readonly imageIdentity: string;
}

/** Part of a root: what is in `tree` appears at `at` there. */
interface Source {
  readonly tree: string;
  readonly at: string;
}

/** @throws BootError IO; an error of the file system: then nothing may be reset */
export function keepIdentity({ files, proven, persist, imageIdentity }: KeepRequest, store: string): void {
  const upper = (name: string): Source => ({ tree: join(store, 'upper', name, 'upper'), at: '' });
  const inUse = proven.map((name) => upperInUse(name, store));
  const others = readdirSync(join(store, 'upper')).filter((name) => !inUse.includes(name));
  const shared = persist.map(
    (path): Source => ({ tree: join(store, 'persist', persistName(path)), at: cleanPath(path) }),
  );
  const done = new Set<string>();
  for (const source of [...shared, ...inUse.map(upper)]) {
    for (const [path, copy] of found(files, source)) {
      if (done.has(path)) continue;
      done.add(path);
      if (isCopied(store, path) && wasSaved(store, path, copy.bytes)) continue;
      keepVersion(path, copy, join(store, IDENTITY));
    }
  }
  for (const [path, copy] of others.flatMap((name) => found(files, upper(name)))) {
    const isElsewhere = isCopied(store, path) || readCopy(join(imageIdentity, path)) !== null;
    if (!isElsewhere) keepVersion(path, copy, join(store, IDENTITY));
  }
}

function isCopied(store: string, path: string): boolean {
  return readCopy(join(store, IDENTITY, path)) !== null;
}

function found(files: readonly string[], { tree, at }: Source): readonly (readonly [string, FileCopy])[] {
  const below =
    at === '' ? files : files.filter((file) => file.startsWith(`${at}/`)).map((file) => file.slice(at.length));
  return expandNames(below, tree).paths.flatMap((path) => {
    const copy = hasLinkOnTheWay(tree, path) ? null : readCopy(join(tree, path));
    return copy === null ? [] : [[join(at === '' ? '/' : at, path), copy] as const];
  });
}
