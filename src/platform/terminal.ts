/**
 * Standard output and error by write(2).
 *
 * `process.stdout` brings in Node's stream and terminal modules, about 8 ms of a start that takes 35; a program that prints
 * a few lines and ends needs none of them.
 */
import { fstatSync, writeSync } from 'node:fs';
import { BootError } from '../core/errors.ts';

/** Writes all of `text`. A reader that went away (`lifeboot log | head -1`) is no error of ours. @throws BootError IO */
export function writeText(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'EPIPE') return;
      // The other end of a non-blocking pipe is slow.
      if (code !== 'EAGAIN') throw new BootError('IO', `cannot write to descriptor ${descriptor}`, { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The major number of /dev/null and its like. */
const MEMORY_DEVICES = 1;

/**
 * Whether standard output may be a terminal; `ask` knows, and is asked only then.
 * @param ask loads what it takes to be sure
 */
export function isTerminal(ask: () => boolean): boolean {
  try {
    const stat = fstatSync(1);
    return stat.isCharacterDevice() && stat.rdev >> 8 !== MEMORY_DEVICES && ask();
  } catch {
    // A closed descriptor is no terminal.
    return false;
  }
}
