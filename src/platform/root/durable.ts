/**
 * Files and directories that appear whole or not at all: temporary name, write, fsync, rename, fsync of the directory.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Writes a file with its rights; a power cut leaves the old file or the new one. */
export function writeFileDurably(path: string, bytes: Uint8Array | string, rights: FileRights): void {
  const temporary = join(dirname(path), `.${basename(path)}.lifeboot-new`);
  rmSync(temporary, { force: true, recursive: true });
  // A new file, never one that somebody left open or linked.
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(file, bytes);
    fchownSync(file, rights.uid, rights.gid);
    // After the owner: a change of owner clears the set-id bits.
    fchmodSync(file, rights.mode & 0o7777);
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(temporary, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(temporary, path);
  syncPath(dirname(path));
}

/** Renames within one file system, with both directories on disk afterwards. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncPath(dirname(to));
  if (dirname(from) !== dirname(to)) syncPath(dirname(from));
}

/** Flushes a file or directory to its medium. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a directory and the parents that are missing; their names are on disk too, or what is put there is lost with them. */
export function makeDirsDurably(path: string, mode: number): void {
  const first = mkdirSync(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let dir = path; dir.length >= first.length; dir = dirname(dir)) syncPath(dirname(dir));
}

/** Makes a directory with exactly this mode, whatever the umask; parents too, with theirs. */
export function makeDir(path: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, 0, 0);
}
