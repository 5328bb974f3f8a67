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
import { isHead, type Piece, piecesOf } from '../../core/repair/write-pieces.ts';
import { sha256 } from '../../core/root/base-id.ts';
import { errorCode } from '../root/tools.ts';
import { readPastCache } from '../state/read-past-cache.ts';

/** Flushed so often that progress is true and little memory is dirty. */
const FLUSH_EVERY_BYTES = 32 * 1024 * 1024;

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
  private readonly head: readonly Piece[];
  private readonly body: readonly Piece[];
  private readonly room: Buffer;
  /** Of each piece as it was written: the source may be gone or changed when it is compared. */
  private readonly digests = new Map<number, string>();

  constructor(request: WriteRequest, files: Opened) {
    this.request = request;
    this.files = files;
    const pieces = piecesOf(request.bytes);
    this.head = pieces.filter(isHead);
    this.body = pieces.filter((piece) => !isHead(piece));
    this.room = Buffer.alloc(Math.max(0, ...pieces.map(({ length }) => length)));
  }

  holdsSource(): boolean {
    const differs = (piece: Piece): boolean => Buffer.compare(this.readBack(piece), this.readSource(piece)) !== 0;
    return ![...this.head, ...this.body].some(differs);
  }

  /** The very first block first, and alone: what is still recognised must not be half gone. */
  clearHead(): void {
    const [first, ...others] = this.head;
    for (const pieces of [first === undefined ? [] : [first], others]) {
      for (const piece of pieces) this.write(piece, Buffer.alloc(piece.length));
      this.flush();
    }
    for (const piece of this.head) this.compare(piece);
  }

  writeBody(progress: (bytes: number) => void): void {
    let unflushed = 0;
    for (const piece of this.body) {
      this.write(piece, this.readSource(piece));
      unflushed += piece.length;
      if (unflushed >= FLUSH_EVERY_BYTES) {
        this.flush();
        unflushed = 0;
      }
      progress(piece.offset + piece.length);
    }
    this.flush();
  }

  checkBody(progress: (bytes: number) => void): void {
    for (const piece of this.body) {
      this.compare(piece);
      progress(piece.offset + piece.length);
    }
  }

  /** The very first block last, and alone: before it is there, nothing is recognised. */
  writeHead(): void {
    const [first, ...others] = this.head;
    for (const pieces of [others, first === undefined ? [] : [first]]) {
      for (const piece of pieces) this.write(piece, this.readSource(piece));
      this.flush();
      for (const piece of pieces) this.compare(piece);
    }
  }

  close(): void {
    closeSync(this.files.target);
    closeSync(this.files.source);
  }

  /** What ends before its block does is filled up with zeros. */
  private readSource({ offset, length }: Piece): Buffer {
    return trying(this.request.from, 'read', () => {
      const bytes = this.room.subarray(0, length);
      bytes.fill(0, readFully(this.files.source, bytes, offset));
      return bytes;
    });
  }

  private write({ offset }: Piece, bytes: Buffer): void {
    this.digests.set(offset, sha256(bytes));
    trying(this.request.to, 'write', () => writeFully(this.files.target, bytes, offset));
  }

  private flush(): void {
    trying(this.request.to, 'flush', () => fsyncSync(this.files.target));
  }

  private readBack({ offset, length }: Piece): Uint8Array {
    const { to } = this.request;
    return trying(to, 'read back', () => this.files.readBack(to, offset, length));
  }

  private compare(piece: Piece): void {
    if (sha256(this.readBack(piece)) === this.digests.get(piece.offset)) return;
    const where = `in the ${piece.length} bytes at ${piece.offset}`;
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
