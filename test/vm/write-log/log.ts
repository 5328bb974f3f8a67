/**
 * The log of all writes and flushes of a guest's disk, as QEMU's `blklogwrites` makes it.
 *
 * Format: dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst of the Linux kernel): a superblock, then
 * for each request one sector that describes it and its data. Invariant: only entries that the superblock counts are read.
 */
import { closeSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs';

export const SECTOR_BYTES = 512;
const MAGIC = 0x6a736677736872n;
const FLUSH = 1n;
const DISCARD = 4n;

export type Entry =
  | { readonly kind: 'flush' }
  /** QEMU's file keeps what is there: a discard is a hint. */
  | { readonly kind: 'discard' }
  /** `at`: where its data is in the log. */
  | { readonly kind: 'write'; readonly sector: number; readonly count: number; readonly at: number };

/** Room for what a small node writes in a day; the file is sparse. */
const LOG_BYTES = 4 * 1024 ** 3;

/** An empty log that QEMU goes on with: a guest that reboots is a new QEMU. */
export function makeLog(path: string): void {
  const head = Buffer.alloc(SECTOR_BYTES);
  head.writeBigUInt64LE(MAGIC, 0);
  head.writeBigUInt64LE(1n, 8);
  head.writeUInt32LE(SECTOR_BYTES, 24);
  writeFileSync(path, head);
  truncateSync(path, LOG_BYTES);
}

/** QEMU arguments of the first virtio disk, with every request in the log before the guest hears that it is done. */
export function recordedDisk(disk: string, log: string): readonly string[] {
  const file = (name: string, path: string) => [
    '-blockdev',
    `driver=file,node-name=${name},filename=${path},cache.no-flush=on`,
  ];
  const raw = (name: string, below: string) => ['-blockdev', `driver=raw,node-name=${name},file=${below}`];
  const logged =
    'driver=blklogwrites,node-name=logged,file=diskRaw,log=logRaw,log-append=on,log-super-update-interval=1';
  return [
    ...[...file('diskFile', disk), ...raw('diskRaw', 'diskFile'), ...file('logFile', log), ...raw('logRaw', 'logFile')],
    ...['-blockdev', logged],
    ...['-device', 'virtio-blk-pci,drive=logged,serial=lifeboot0,write-cache=on'],
  ];
}

/** How many requests are in the log by now. */
export function countEntries(path: string): number {
  const head = Buffer.alloc(SECTOR_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, SECTOR_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (head.readBigUInt64LE(0) !== MAGIC) throw new Error(`'${path}' is no log of writes`);
  return Number(head.readBigUInt64LE(16));
}

/** Every request, in the order in which the disk took them. */
export function readEntries(path: string): readonly Entry[] {
  const count = countEntries(path);
  const file = openSync(path, 'r');
  try {
    const entries: Entry[] = [];
    const head = Buffer.alloc(32);
    let at = SECTOR_BYTES;
    while (entries.length < count) {
      readSync(file, head, 0, head.length, at);
      const [sector, sectors] = [Number(head.readBigUInt64LE(0)), Number(head.readBigUInt64LE(8))];
      const flags = head.readBigUInt64LE(16);
      at += SECTOR_BYTES;
      if ((flags & DISCARD) !== 0n) {
        entries.push({ kind: 'discard' });
        continue;
      }
      entries.push((flags & FLUSH) !== 0n ? { kind: 'flush' } : { kind: 'write', sector, count: sectors, at });
      at += sectors * SECTOR_BYTES;
    }
    return entries;
  } finally {
    closeSync(file);
  }
}

/** One sector that a request wrote. */
export interface WrittenSector {
  readonly sector: number;
  readonly at: number;
}

export function sectorsOf(entry: Extract<Entry, { kind: 'write' }>): readonly WrittenSector[] {
  return Array.from({ length: entry.count }, (_, index) => ({
    sector: entry.sector + index,
    at: entry.at + index * SECTOR_BYTES,
  }));
}
