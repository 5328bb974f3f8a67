/**
 * The bytes beneath the boot state: a raw partition, or a preallocated file of the same layout.
 *
 * Invariant: what `write` has returned for is on the medium. It is read back past the page cache, because a cache that
 * agrees with itself proves nothing about a worn-out card.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { BootError, describeError } from '../../core/errors.ts';
import type { RawRecord } from '../../core/state/choose-record.ts';
import { MIN_MEDIUM_BYTES, RECORD_BYTES, recordOffsets } from '../../core/state/record-codec.ts';
import { formatDeviceNumber } from './device-number.ts';
import { readPastCache } from './read-past-cache.ts';

/** @returns the size of an open file or block device in bytes */
function sizeOf(descriptor: number): number {
  const stat = fstatSync(descriptor);
  if (!stat.isBlockDevice()) return stat.size;
  return 512 * Number(readFileSync(`/sys/dev/block/${formatDeviceNumber(stat.rdev)}/size`, 'utf8'));
}

/**
 * Reads both records.
 * @throws Error of node:fs when the medium cannot be opened or is too small; an error in one record is that record's value
 */
export function readRecords(path: string): [RawRecord, RawRecord] {
  const descriptor = openSync(path, 'r');
  try {
    const sizeBytes = requireSize(path, sizeOf(descriptor));
    const [first, second] = recordOffsets(sizeBytes);
    return [readRecord(descriptor, first), readRecord(descriptor, second)];
  } finally {
    closeSync(descriptor);
  }
}

function requireSize(path: string, sizeBytes: number): number {
  if (sizeBytes >= MIN_MEDIUM_BYTES) return sizeBytes;
  throw new BootError('STATE_IO', `'${path}' has ${sizeBytes} bytes, and the boot state needs ${MIN_MEDIUM_BYTES}`, {
    hint: 'make the partition or the file larger; 64 KiB are plenty',
  });
}

function readRecord(descriptor: number, offset: number): RawRecord {
  const record = new Uint8Array(RECORD_BYTES);
  try {
    let filled = 0;
    while (filled < RECORD_BYTES) {
      const count = readSync(descriptor, record, filled, RECORD_BYTES - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return record.subarray(0, filled);
  } catch (error) {
    return { error: describeError(error) };
  }
}

/**
 * Writes one record: write fully, flush to the medium, read back from it, compare.
 * @throws BootError STATE_IO when any of these fails
 */
export function writeRecord(
  path: string,
  record: 0 | 1,
  bytes: Uint8Array,
  readBack: typeof readPastCache = readPastCache,
): void {
  try {
    const descriptor = openSync(path, 'r+');
    let offset: number;
    try {
      offset = recordOffsets(requireSize(path, sizeOf(descriptor)))[record];
      writeFully(descriptor, bytes, offset);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    compare(path, readBack(path, offset, bytes.length), bytes);
  } catch (cause) {
    if (cause instanceof BootError) throw cause;
    throw new BootError('STATE_IO', `cannot write the boot state to '${path}'`, {
      cause,
      hint: 'check that the device is there, is writable and has no errors in the kernel log',
    });
  }
}

function writeFully(descriptor: number, bytes: Uint8Array, offset: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
  }
}

function compare(path: string, held: Uint8Array, bytes: Uint8Array): void {
  if (Buffer.compare(held, bytes) === 0) return;
  throw new BootError('STATE_IO', `'${path}' does not hold what was just written to it`, {
    hint: 'the medium drops or garbles writes: replace it, or move the boot state to another one',
  });
}
