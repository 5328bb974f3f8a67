/**
 * The calls on open files: open, read, write, fsync, close.
 *
 * A read by O_DIRECT sees what was written, flushed or not: the kernel writes its cache out first, and a disk answers
 * from its own. So reading back proves that a disk took the bytes, and only fsync that it keeps them.
 */
import { constants } from 'node:fs';
import { SECTOR_BYTES, Sector, ZERO } from './image.ts';
import type { Machine, OpenFile } from './machine.ts';
import { find, fsError, place, requireWritable } from './paths.ts';

const WORDS: Readonly<Record<string, number>> = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  'w+': constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
};

export function fileCalls(machine: Machine) {
  const opened = (descriptor: number, call: string): OpenFile => {
    const file = machine.files.get(descriptor);
    if (file === undefined) throw fsError('EBADF', call, String(descriptor));
    return file;
  };
  return {
    openSync: (path: string, flags: string | number = 'r', mode = 0o666): number => open(machine, path, flags, mode),
    closeSync(descriptor: number): void {
      opened(descriptor, 'close');
      machine.files.delete(descriptor);
    },
    fsyncSync: (descriptor: number): void => sync(machine, opened(descriptor, 'fsync')),
    fdatasyncSync: (descriptor: number): void => sync(machine, opened(descriptor, 'fdatasync')),
    readSync(descriptor: number, into: Uint8Array, ...rest: unknown[]): number {
      const { offset, length, position } = span(into, rest);
      return read(machine, opened(descriptor, 'read'), into.subarray(offset, offset + length), position);
    },
    writeSync(descriptor: number, data: Uint8Array | string, ...rest: unknown[]): number {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      const { offset, length, position } = typeof data === 'string' ? whole(bytes, rest) : span(bytes, rest);
      return write(machine, opened(descriptor, 'write'), bytes.subarray(offset, offset + length), position);
    },
    ftruncateSync: (descriptor: number, length = 0): void => resize(machine, opened(descriptor, 'ftruncate'), length),
  };
}

interface Span {
  readonly offset: number;
  readonly length: number;
  readonly position: number | null;
}

function span(bytes: Uint8Array, rest: readonly unknown[]): Span {
  const [first, length, position] = rest;
  const named = typeof first === 'object' && first !== null ? (first as Partial<Span>) : null;
  const offset = (named?.offset ?? (typeof first === 'number' ? first : 0)) as number;
  return {
    offset,
    length: (named?.length ?? length ?? bytes.length - offset) as number,
    position: (named?.position ?? position ?? null) as number | null,
  };
}

function whole(bytes: Uint8Array, [position]: readonly unknown[]): Span {
  return { offset: 0, length: bytes.length, position: (position ?? null) as number | null };
}

function open(machine: Machine, path: string, flags: string | number, mode: number): number {
  const bits = typeof flags === 'number' ? flags : WORDS[flags];
  if (bits === undefined) throw new Error(`the simulation does not open with '${flags}'`);
  const writable = (bits & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
  if (writable) requireWritable(machine, path, 'open');
  const isExclusive = (bits & constants.O_EXCL) !== 0 && (bits & constants.O_CREAT) !== 0;
  let found = find(machine, path, !isExclusive, 'open');
  if (found !== null && isExclusive) throw fsError('EEXIST', 'open', path);
  if (found === null) {
    if ((bits & constants.O_CREAT) === 0) throw fsError('ENOENT', 'open', path);
    const { dir, name } = place(machine, path, 'open');
    const inode = machine.make(dir.volume, { kind: 'file', sectors: [], size: 0 }, mode & 0o7777);
    const changes = [{ dir: dir.inode, name, inode }];
    machine.record(dir.volume, { kind: 'names', changes, mtimeMs: machine.now() });
    found = { inode, volume: dir.volume };
  }
  const { kind } = machine.inode(found.inode);
  if (kind === 'dir' && writable) throw fsError('EISDIR', 'open', path);
  const append = (bits & constants.O_APPEND) !== 0;
  const file = { ...found, path, writable, append, position: 0 };
  if ((bits & constants.O_TRUNC) !== 0) resize(machine, file, 0);
  return machine.open(file);
}

function sync(machine: Machine, file: OpenFile): void {
  machine.events.push({ kind: 'sync', inode: file.inode });
}

function read(machine: Machine, file: OpenFile, into: Uint8Array, position: number | null): number {
  const inode = machine.inode(file.inode);
  if (inode.kind === 'dir' || inode.kind === 'link') throw fsError('EISDIR', 'read', file.path);
  const from = position ?? file.position;
  const count = Math.max(0, Math.min(into.length, inode.size - from));
  for (let at = 0; at < count; ) {
    const skip = (from + at) % SECTOR_BYTES;
    const sector = inode.sectors[Math.floor((from + at) / SECTOR_BYTES)] ?? ZERO;
    const part = sector.bytes.subarray(skip, skip + count - at);
    into.set(part, at);
    at += part.length;
  }
  if (position === null) file.position += count;
  return count;
}

/** Sector by sector: what covers a part of one is laid over what the cache has of it. */
export function write(machine: Machine, file: OpenFile, bytes: Uint8Array, position: number | null): number {
  if (!file.writable) throw fsError('EBADF', 'write', file.path);
  const before = machine.inode(file.inode);
  if (before.kind !== 'file' && before.kind !== 'block') throw fsError('EISDIR', 'write', file.path);
  const { volume } = file;
  const start = file.append ? before.size : (position ?? file.position);
  if (before.kind === 'block' && start + bytes.length > before.size) throw fsError('ENOSPC', 'write', file.path);
  for (let at = 0; at < bytes.length; ) {
    const index = Math.floor((start + at) / SECTOR_BYTES);
    const skip = (start + at) % SECTOR_BYTES;
    const part = bytes.subarray(at, at + SECTOR_BYTES - skip);
    const content = new Uint8Array((before.sectors[index] ?? ZERO).bytes);
    content.set(part, skip);
    const sector = content.some((byte) => byte !== 0) ? new Sector(content) : ZERO;
    machine.record(volume, { kind: 'write', inode: file.inode, index, sector });
    at += part.length;
  }
  const end = start + bytes.length;
  if (end > before.size) machine.record(volume, { kind: 'size', inode: file.inode, size: end });
  if (position === null) file.position = end;
  return bytes.length;
}

function resize(machine: Machine, file: OpenFile, size: number): void {
  const inode = machine.inode(file.inode);
  if (inode.kind === 'file' && inode.size !== size) {
    machine.record(file.volume, { kind: 'size', inode: file.inode, size });
  }
}
