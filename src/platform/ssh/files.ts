/**
 * Small file jobs of the ssh adapter: read what may be absent, and write so that a power cut leaves old or new.
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The text of a file, or null when it cannot be read: for facts that only explain. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Writes `text` beside `path`, flushes it, then renames it into place and flushes the directory. */
export function replaceFile(path: string, text: string, owner: Owner): void {
  const beside = join(dirname(path), `.${basename(path)}.lifeboot-new`);
  rmSync(beside, { force: true });
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fchownSync(file, owner.uid, owner.gid);
    fchmodSync(file, owner.mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  flushDirectory(dirname(path));
}

/** Makes a rename in `path` durable. */
export function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
