/**
 * Renews the identity copies on the data partition from the system that just proved itself.
 *
 * Only what is proven is copied: a trial with a wrong key must not reach the copies that other slots live on. The copy
 * before a renewed one is kept until the next proof.
 */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import { IDENTITY, STORE } from '../../core/root/store-names.ts';
import { makeDirsDurably, writeFileDurably } from './durable.ts';
import { expandNames, type FileCopy, hasLinkOnTheWay, isSameCopy, readCopy } from './identity-files.ts';
import { mountEntries } from './mounting.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { rememberSaved } from './saved-versions.ts';

export interface SaveOptions {
  /** Where the data partition is mounted. */
  readonly data: string;
  /** The root of the running system. */
  readonly root: string;
}

/**
 * @param files absolute paths and patterns
 * @returns the paths that were renewed; empty also when this boot has no data partition
 * @throws BootError IO after all others were tried, when some could not be copied
 */
export function saveIdentity(
  files: readonly string[],
  { data, root }: SaveOptions = { data: '/run/lifeboot/data', root: '/' },
): readonly string[] {
  if (mountAt(mountEntries(), data) === undefined) return [];
  const tree = join(data, STORE, IDENTITY);
  const renewed: string[] = [];
  const { paths, problems } = expandNames(files, root);
  const failed: string[] = [...problems];
  for (const path of paths) {
    try {
      if (saveOne(path, tree, root)) renewed.push(path);
    } catch (error) {
      failed.push(`'${path}': ${describeError(error)}`);
    }
  }
  if (failed.length === 0) return renewed;
  throw new BootError('IO', `cannot renew the identity copies of ${failed.join(', ')}`, {
    hint: 'check that the data partition is writable and has room',
  });
}

function saveOne(path: string, tree: string, root: string): boolean {
  const now = readCopy(resolveInRoot(root, path));
  // An emptied file is no identity: the copy is what can still bring it back.
  return now !== null && keepVersion(path, now, tree);
}

/**
 * Makes `now` the copy of the file at `path`.
 * @param tree the copies' directory
 * @returns whether it was another version
 * @throws BootError BAD_DATA, IO
 */
export function keepVersion(path: string, now: FileCopy, tree: string): boolean {
  if (hasLinkOnTheWay(tree, path)) throw new BootError('BAD_DATA', `'${tree}${path}' leads through a link`);
  const place = join(tree, path);
  const old = join(`${tree}-old`, path);
  const kept = readCopy(place);
  if (kept !== null && isSameCopy(kept, now)) {
    // This copy has now carried a proof itself: the one before it has done its duty.
    rmSync(old, { force: true });
    rememberSaved(dirname(tree), path, now.bytes);
    return false;
  }
  if (kept !== null) write(old, kept);
  write(place, now);
  rememberSaved(dirname(tree), path, now.bytes);
  return true;
}

function write(place: string, copy: FileCopy): void {
  makeDirsDurably(dirname(place), 0o700);
  writeFileDurably(place, copy.bytes, copy.rights);
}
