/**
 * File names as byte strings: one character for each byte (latin1), because names on a Linux file system need not be
 * UTF-8, and a name that is decoded and encoded again may come out as another one.
 */
import { type Dirent, readdirSync } from 'node:fs';
import { errorCode } from '../root/tools.ts';

/** A path as a byte string. */
export function toBytePath(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** What the functions of node:fs take. */
export function fromBytePath(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** For people. */
export function shownPath(path: string): string {
  return fromBytePath(path).toString();
}

export function below(dir: string, name: string): string {
  return dir === '' ? name : `${dir}/${name}`;
}

/** What a directory holds, sorted by the bytes of the names. @param dir a byte string */
export function readNames(dir: string): readonly Dirent<string>[] {
  const entries = readdirSync(fromBytePath(dir), { encoding: 'latin1', withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Does `work` unless its path is gone, or another kind of file now: in a tree that somebody writes to. */
export function unlessGone<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}
