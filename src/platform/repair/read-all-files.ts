/**
 * Reads every file of a mounted slot to its end: what cannot be read or unpacked shows itself here, not in the field.
 *
 * Reads only, one file system only. Most file systems have no checksums of their own for data; a squashfs or erofs that
 * is damaged cannot be unpacked, and a dying medium answers with an error.
 */
import { closeSync, type Dirent, lstatSync, openSync, readSync } from 'node:fs';
import type { ReadFacts } from '../../core/repair/slot-facts.ts';
import { fromBytePath, readNames, shownPath, toBytePath } from '../store/byte-path.ts';

const CHUNK_BYTES = 1024 * 1024;
const LIMIT_MS = 60 * 60_000;
const NAMED = 3;

export function readAllFiles(root: string): ReadFacts {
  const room = Buffer.allocUnsafe(CHUNK_BYTES);
  const { dev } = lstatSync(root);
  const top = toBytePath(root);
  const endMs = performance.now() + LIMIT_MS;
  const todo = [''];
  const failed: string[] = [];
  let files = 0;
  let failures = 0;
  const attempt = (path: string, work: () => void): void => {
    try {
      work();
    } catch {
      // Which one is all that matters: the kernel's log has the reason.
      failures += 1;
      if (failed.length < NAMED) failed.push(shownPath(path === '' ? '/' : path));
    }
  };
  const visit = (directory: string, entry: Dirent<string>): void => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      attempt(path, () => void (lstatSync(fromBytePath(`${top}${path}`)).dev === dev && todo.push(path)));
    } else if (entry.isFile()) {
      files += 1;
      attempt(path, () => readToEnd(fromBytePath(`${top}${path}`), room));
    }
  };
  for (let directory = todo.pop(); directory !== undefined; directory = todo.pop()) {
    if (performance.now() > endMs) return { files, failed, failures, isPartial: true };
    const at = directory;
    attempt(at, () => {
      for (const entry of readNames(`${top}${at}`)) visit(at, entry);
    });
  }
  return { files, failed, failures, isPartial: false };
}

function readToEnd(path: Buffer, room: Buffer): void {
  const file = openSync(path, 'r');
  try {
    while (readSync(file, room) > 0);
  } finally {
    closeSync(file);
  }
}
