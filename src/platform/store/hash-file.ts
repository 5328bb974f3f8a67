/**
 * The SHA-256 of files as their medium holds them: read past the page cache where the file system can.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { errorCode } from '../root/tools.ts';

export interface FileHash {
  /** 64 lower-case hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** @throws BootError IO */
export type HashFile = (path: string | Buffer) => FileHash;

const CHUNK_BYTES = 4 * 1024 * 1024;
/** No device asks for more than a page; malloc gives multiples of 16. */
const PAGE_BYTES = 4096;
const STEP_BYTES = 16;

/** One memory for all files: a directory may hold a hundred thousand. */
export function makeFileHasher(): HashFile {
  const room = Buffer.allocUnsafeSlow(CHUNK_BYTES + PAGE_BYTES);
  let aligned: Buffer | null = null;
  const direct = (file: number): FileHash => {
    aligned ??= alignedChunk(file, room);
    return hashFrom(file, aligned);
  };
  return (path) => {
    try {
      return withDirect(path, direct) ?? withFile(path, 0, (file) => hashFrom(file, room));
    } catch (cause) {
      throw new BootError('IO', `cannot read '${path}' back`, {
        cause,
        hint: 'look at the kernel log; the medium may be failing',
      });
    }
  };
}

/** @returns null where the file system does not read past the cache, or takes no place in the memory */
function withDirect(path: string | Buffer, work: (file: number) => FileHash): FileHash | null {
  try {
    return withFile(path, constants.O_DIRECT, work);
  } catch (error) {
    if (errorCode(error) === 'EINVAL') return null;
    throw error;
  }
}

/** The kernel wants the memory aligned, and Node does not say where a buffer is: so places in it are tried. */
function alignedChunk(file: number, room: Buffer): Buffer {
  for (let place = 0; place < PAGE_BYTES; place += STEP_BYTES) {
    try {
      readSync(file, room, place, PAGE_BYTES, 0);
      return room.subarray(place, place + CHUNK_BYTES);
    } catch (error) {
      if (errorCode(error) !== 'EINVAL') throw error;
    }
  }
  return room.subarray(PAGE_BYTES);
}

function hashFrom(file: number, chunk: Buffer): FileHash {
  const hash = createHash('sha256');
  const expectedBytes = fstatSync(file).size;
  let sizeBytes = 0;
  // Not until nothing more comes: a direct read that begins at an odd end is refused.
  while (sizeBytes < expectedBytes) {
    const count = readSync(file, chunk, 0, chunk.length, sizeBytes);
    if (count === 0) break;
    hash.update(chunk.subarray(0, count));
    sizeBytes += count;
  }
  return { digest: hash.digest('hex'), sizeBytes };
}

function withFile(path: string | Buffer, flag: number, work: (file: number) => FileHash): FileHash {
  const file = openSync(path, constants.O_RDONLY | flag);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
