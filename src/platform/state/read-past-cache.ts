/**
 * Reads from the medium itself, past the page cache, by O_DIRECT (open(2)).
 *
 * The kernel wants the memory aligned, and Node does not say where a buffer is: so places in a larger buffer are tried
 * until the kernel takes one. `dd` would do the same in a process of its own, which costs an emulated or small machine
 * a third of a second in the middle of the boot; it is asked only where no place is right.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { tryProgram } from '../exec.ts';

/** No device asks for more than a page; malloc gives multiples of 16. */
const PAGE_BYTES = 4096;
const STEP_BYTES = 16;

/**
 * @param offset a multiple of `length`
 * @returns what the medium holds there
 * @throws Error of node:fs, or BootError STATE_IO, when it cannot be read
 */
export function readPastCache(path: string, offset: number, length: number): Uint8Array {
  const descriptor = openDirect(path);
  if (descriptor === null) return readByDd(path, offset, length, []);
  try {
    return readAligned(descriptor, offset, length) ?? readByDd(path, offset, length, ['iflag=direct']);
  } finally {
    closeSync(descriptor);
  }
}

/** @returns null where the file system does not know O_DIRECT (tmpfs, in images being prepared): then the cache is believed */
function openDirect(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECT);
  } catch (error) {
    if (isInvalid(error)) return null;
    throw error;
  }
}

/** @returns null when the kernel takes no place in the buffer */
function readAligned(descriptor: number, offset: number, length: number): Uint8Array | null {
  const room = Buffer.allocUnsafeSlow(length + PAGE_BYTES);
  for (let place = 0; place <= PAGE_BYTES; place += STEP_BYTES) {
    try {
      const count = readSync(descriptor, room, place, length, offset);
      return room.subarray(place, place + count);
    } catch (error) {
      if (!isInvalid(error)) throw error;
    }
  }
  return null;
}

function readByDd(path: string, offset: number, length: number, flags: readonly string[]): Uint8Array {
  const place = [`bs=${length}`, `skip=${offset / length}`, 'count=1'];
  const read = tryProgram(['dd', `if=${path}`, ...flags, ...place], { encoding: 'latin1' });
  if (read.status === 0) return Buffer.from(read.stdout, 'latin1');
  const said = read.trouble ?? read.stderr.trim();
  throw new BootError('STATE_IO', `cannot read the boot state back from '${path}': ${said}`);
}

function isInvalid(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINVAL';
}
