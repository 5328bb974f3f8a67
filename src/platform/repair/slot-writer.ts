/**
 * Writes an image into a slot's device, so that a power cut at any point leaves either nothing that can be mounted or all.
 *
 * Order (see `core/repair/write-steps.ts`): the head, where every file system has its superblock, is cleared first and
 * written last, after everything else was read back from the medium. Invariant: what a step has returned for is on the
 * medium; nothing is believed that the page cache says.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { SlotWriter, WriteRequest } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { sha256 } from '../../core/root/base-id.ts';
import { errorCode } from '../root/tools.ts';
import { readPastCache } from '../state/read-past-cache.ts';

/** The head, and each piece that is written and compared at once. A multiple of every block size there is. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** Flushed so often that progress is true and little memory is dirty. */
const FLUSH_EVERY = 8;

export interface WriterOptions {
  /** Reads from the medium itself. */
  readonly readBack?: typeof readPastCache;
}

/** @throws BootError REFUSED when the device is in use; IO when it or the source cannot be opened */
export function openSlotWriter(request: WriteRequest, { readBack = readPastCache }: WriterOptions = {}): SlotWriter {
  const source = opened(request.from, constants.O_RDONLY);
  try {
    return new DeviceWriter(request, { source, target: openTarget(request.to), readBack });
  } catch (error) {
    closeSync(source);
    throw error;
  }
}

interface Opened {
  readonly source: number;
  readonly target: number;
  readonly readBack: typeof readPastCache;
}

class DeviceWriter implements SlotWriter {
  private readonly request: WriteRequest;
  private readonly files: Opened;
  private readonly chunks: number;
  private readonly room: Buffer;
  /** Of each chunk as it was written: the source may be gone or changed when it is compared. */
  private readonly digests = new Map<number, string>();

  constructor(request: WriteRequest, files: Opened) {
    this.request = request;
    this.files = files;
    this.chunks = Math.ceil(request.bytes / CHUNK_BYTES);
    this.room = Buffer.alloc(Math.min(CHUNK_BYTES, request.bytes));
  }

  holdsSource(): boolean {
    for (let index = 0; index < this.chunks; index += 1) {
      if (Buffer.compare(this.readBack(index), this.readSource(index)) !== 0) return false;
    }
    return true;
  }

  clearHead(): void {
    this.write(0, Buffer.alloc(this.sizeOf(0)));
    this.flush();
    this.compare(0);
  }

  writeBody(progress: (bytes: number) => void): void {
    for (let index = 1; index < this.chunks; index += 1) {
      this.write(index, this.readSource(index));
      if (index % FLUSH_EVERY === 0) this.flush();
      progress(this.endOf(index));
    }
    this.flush();
  }

  checkBody(progress: (bytes: number) => void): void {
    for (let index = 1; index < this.chunks; index += 1) {
      this.compare(index);
      progress(this.endOf(index));
    }
  }

  writeHead(): void {
    this.write(0, this.readSource(0));
    this.flush();
    this.compare(0);
  }

  close(): void {
    closeSync(this.files.target);
    closeSync(this.files.source);
  }

  private sizeOf(index: number): number {
    return Math.min(CHUNK_BYTES, this.request.bytes - index * CHUNK_BYTES);
  }

  private endOf(index: number): number {
    return Math.min(this.request.bytes, (index + 1) * CHUNK_BYTES);
  }

  /** What ends before its block does is filled up with zeros. */
  private readSource(index: number): Buffer {
    return trying(this.request.from, 'read', () => {
      const chunk = this.room.subarray(0, this.sizeOf(index));
      chunk.fill(0, readFully(this.files.source, chunk, index * CHUNK_BYTES));
      return chunk;
    });
  }

  private write(index: number, chunk: Buffer): void {
    this.digests.set(index, sha256(chunk));
    trying(this.request.to, 'write', () => writeFully(this.files.target, chunk, index * CHUNK_BYTES));
  }

  private flush(): void {
    trying(this.request.to, 'flush', () => fsyncSync(this.files.target));
  }

  private readBack(index: number): Uint8Array {
    const { to } = this.request;
    return trying(to, 'read back', () => this.files.readBack(to, index * CHUNK_BYTES, this.sizeOf(index)));
  }

  private compare(index: number): void {
    if (sha256(this.readBack(index)) === this.digests.get(index)) return;
    const where = `in the ${this.sizeOf(index)} bytes at ${index * CHUNK_BYTES}`;
    throw new BootError('IO', `'${this.request.to}' does not hold what was written to it, ${where}`, {
      hint: 'the medium drops or garbles writes: replace it',
    });
  }
}

/** O_EXCL on a block device: the kernel itself refuses one that is mounted, or part of something else. */
function openTarget(path: string): number {
  try {
    const isDevice = isBlockDevice(path);
    return openSync(path, constants.O_RDWR | (isDevice ? constants.O_EXCL : 0));
  } catch (cause) {
    if (errorCode(cause) === 'EBUSY') {
      throw new BootError('REFUSED', `'${path}' is in use`, { cause, hint: "see 'findmnt', 'swapon' and 'lsblk'" });
    }
    throw new BootError('IO', `cannot open '${path}' for writing`, { cause });
  }
}

function isBlockDevice(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY);
  try {
    return fstatSync(file).isBlockDevice();
  } finally {
    closeSync(file);
  }
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    throw new BootError('IO', `cannot open '${path}'`, { cause });
  }
}

function trying<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof BootError && cause.code === 'IO') throw cause;
    throw new BootError('IO', `cannot ${what} '${path}'`, {
      cause,
      hint: 'look at the kernel log; the medium may be failing',
    });
  }
}

function readFully(file: number, bytes: Buffer, offset: number): number {
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(file, bytes, filled, bytes.length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function writeFully(file: number, bytes: Buffer, offset: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, bytes.length - written, offset + written);
  }
}
