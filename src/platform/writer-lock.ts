/**
 * The lock that keeps two writing commands apart.
 *
 * Node has no flock(2). util-linux's `flock` locks a descriptor that it inherits; the lock belongs to the open file, so
 * it stays with this process when `flock` has ended, and dies with this process however that ends.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WriterLock } from '../app/ports.ts';
import { BootError } from '../core/errors.ts';

const WAIT_SECONDS = 10;

/** @param path the file to lock; made where it is missing */
export function makeWriterLock(path: string): WriterLock {
  return lockOn(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a', 0o600);
  });
}

/** Locks the state that `--state PATH` names, without root and without leaving a file beside it; never makes it. */
export function makeStateLock(path: string): WriterLock {
  return lockOn(path, () => {
    try {
      return openSync(path, 'r+');
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : null;
      if (code === 'ENOENT') throw new BootError('ABSENT', `there is no '${path}'`, { cause, hint: INIT_HINT });
      if (code === 'EACCES') throw new BootError('NOT_PERMITTED', `you may not write '${path}'`, { cause });
      throw new BootError('STATE_IO', `cannot open '${path}'`, { cause });
    }
  });
}

const INIT_HINT = "'lifeboot --state FILE state init' makes one";

function lockOn(path: string, open: () => number): WriterLock {
  return {
    hold(work) {
      const descriptor = open();
      try {
        take(path, descriptor);
        return work();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function take(path: string, descriptor: number): void {
  const result = spawnSync('flock', ['-w', String(WAIT_SECONDS), '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  if (result.error !== undefined) {
    throw new BootError('IO', `cannot lock '${path}'`, { cause: result.error, hint: "install util-linux's flock" });
  }
  throw new BootError('BUSY', `another lifeboot command has held '${path}' for ${WAIT_SECONDS} s`, {
    hint: `'fuser ${path}' shows which; try again when it is done`,
  });
}
