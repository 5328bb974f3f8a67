/**
 * The calls on names: stat, mkdir, readdir, rename, unlink, links, rights.
 */
import { constants, type Stats } from 'node:fs';
import { fileCalls, write } from './file-calls.ts';
import type { Inode } from './image.ts';
import { DEVICES, type Machine } from './machine.ts';
import { contentOf, type Found, find, fsError, mountAt, mountOf, need, place, requireWritable } from './paths.ts';
import type { NameChange } from './units.ts';

type PathOrFile = string | number;

const TYPE_BITS: Readonly<Record<Inode['kind'], number>> = {
  file: constants.S_IFREG,
  block: constants.S_IFBLK,
  dir: constants.S_IFDIR,
  link: constants.S_IFLNK,
};

/** All that the simulation answers, by the names of `node:fs`. */
export function simulatedCalls(machine: Machine) {
  const files = fileCalls(machine);
  const foundOf = (at: PathOrFile, call: string, follow = true): Found => {
    if (typeof at === 'string') return need(machine, at, follow, call);
    const file = machine.files.get(at);
    if (file === undefined) throw fsError('EBADF', call, String(at));
    return file;
  };
  const stat = (path: string, follow: boolean, options: { throwIfNoEntry?: boolean } = {}): Stats | undefined => {
    const found = find(machine, path, follow, 'stat');
    if (found !== null) return statsOf(machine.inode(found.inode), found);
    if (options.throwIfNoEntry === false) return undefined;
    throw fsError('ENOENT', 'stat', path);
  };
  const rights = (at: PathOrFile, change: Partial<Inode>, follow = true): void => {
    if (typeof at === 'string') requireWritable(machine, at, 'chmod');
    const { inode, volume } = foundOf(at, 'chmod', follow);
    machine.setRights(volume, inode, change);
  };
  const change = (path: string, changes: readonly NameChange[]): void => {
    const volume = mountOf(machine, path)?.volume ?? 'run';
    machine.record(volume, { kind: 'names', changes, mtimeMs: machine.now() });
  };
  const remove = (path: string, options: { recursive?: boolean; force?: boolean } = {}): void => {
    requireWritable(machine, path, 'unlink');
    const there = find(machine, path, false, 'unlink');
    if (there === null && options.force === true) return;
    if (there === null) throw fsError('ENOENT', 'unlink', path);
    if (mountAt(machine, path) !== undefined) throw fsError('EBUSY', 'unlink', path);
    const inode = machine.inode(there.inode);
    if (inode.kind === 'dir') {
      if (options.recursive !== true) throw fsError('EISDIR', 'unlink', path);
      for (const name of inode.entries.keys()) remove(`${path}/${name}`, options);
    }
    const { dir, name } = place(machine, path, 'unlink');
    change(path, [{ dir: dir.inode, name, inode: null }]);
  };
  const makeDir = (path: string, mode: number): void => {
    requireWritable(machine, path, 'mkdir');
    const { dir, name, found } = place(machine, path, 'mkdir');
    if (found !== null) throw fsError('EEXIST', 'mkdir', path);
    if (machine.inode(dir.inode).kind !== 'dir') throw fsError('ENOTDIR', 'mkdir', path);
    const inode = machine.make(dir.volume, { kind: 'dir', entries: new Map() }, mode);
    change(path, [{ dir: dir.inode, name, inode }]);
  };
  const makeDirs = (path: string, mode: number): string | undefined => {
    const found = find(machine, path, true, 'mkdir');
    if (found !== null) {
      if (machine.inode(found.inode).kind === 'dir') return undefined;
      throw fsError('EEXIST', 'mkdir', path);
    }
    const first = makeDirs(path.slice(0, path.lastIndexOf('/')), mode);
    makeDir(path, mode);
    return first ?? path;
  };
  return {
    ...files,
    statSync: (path: string, options = {}) => stat(path, true, options),
    lstatSync: (path: string, options = {}) => stat(path, false, options),
    fstatSync: (descriptor: number) => {
      const found = foundOf(descriptor, 'fstat');
      return statsOf(machine.inode(found.inode), found);
    },
    existsSync: (path: string) => {
      try {
        return find(machine, path, true, 'access') !== null;
      } catch {
        return false;
      }
    },
    accessSync: (path: string) => void need(machine, path, true, 'access'),
    realpathSync: (path: string) => path,
    readlinkSync(path: string) {
      const inode = machine.inode(need(machine, path, false, 'readlink').inode);
      if (inode.kind !== 'link') throw fsError('EINVAL', 'readlink', path);
      return inode.target;
    },
    statfsSync(path: string) {
      need(machine, path, true, 'statfs');
      return { type: 0xef53, bsize: 4096, blocks: 1e6, bfree: 5e5, bavail: 5e5, files: 1e5, ffree: 9e4 };
    },
    readdirSync(path: string) {
      const inode = machine.inode(need(machine, path, true, 'scandir').inode);
      if (inode.kind !== 'dir') throw fsError('ENOTDIR', 'scandir', path);
      return [...inode.entries.keys()].sort();
    },
    mkdirSync(path: string, options: { recursive?: boolean; mode?: number } | number = {}) {
      const mode = typeof options === 'number' ? options : (options.mode ?? 0o777);
      if (typeof options === 'object' && options.recursive === true) return makeDirs(path, mode & ~0o022);
      makeDir(path, mode & ~0o022);
      return undefined;
    },
    rmSync: remove,
    unlinkSync: (path: string) => remove(path),
    rmdirSync(path: string) {
      const inode = machine.inode(need(machine, path, false, 'rmdir').inode);
      if (inode.kind !== 'dir') throw fsError('ENOTDIR', 'rmdir', path);
      if (inode.entries.size > 0) throw fsError('ENOTEMPTY', 'rmdir', path);
      remove(path, { recursive: true });
    },
    renameSync(from: string, to: string) {
      requireWritable(machine, to, 'rename');
      const moved = need(machine, from, false, 'rename');
      const [source, target] = [place(machine, from, 'rename'), place(machine, to, 'rename')];
      if (source.dir.volume !== target.dir.volume) throw fsError('EXDEV', 'rename', from);
      const over = target.found === null ? null : machine.inode(target.found.inode);
      if (over?.kind === 'dir') {
        if (machine.inode(moved.inode).kind !== 'dir') throw fsError('EISDIR', 'rename', to);
        if (over.entries.size > 0) throw fsError('ENOTEMPTY', 'rename', to);
      }
      change(to, [
        { dir: source.dir.inode, name: source.name, inode: null },
        { dir: target.dir.inode, name: target.name, inode: moved.inode },
      ]);
    },
    symlinkSync(target: string, path: string) {
      requireWritable(machine, path, 'symlink');
      const { dir, name, found } = place(machine, path, 'symlink');
      if (found !== null) throw fsError('EEXIST', 'symlink', path);
      const inode = machine.make(dir.volume, { kind: 'link', target }, 0o777);
      change(path, [{ dir: dir.inode, name, inode }]);
    },
    chmodSync: (path: string, mode: number) => rights(path, { mode }),
    fchmodSync: (descriptor: number, mode: number) => rights(descriptor, { mode }),
    // Times are not simulated.
    utimesSync: () => undefined,
    chownSync: (path: string, uid: number, gid: number) => rights(path, { uid, gid }),
    fchownSync: (descriptor: number, uid: number, gid: number) => rights(descriptor, { uid, gid }),
    readFileSync(at: PathOrFile, options?: string | { encoding?: string | null }) {
      const bytes = contentOf(machine.inode(foundOf(at, 'open').inode), String(at));
      const encoding = typeof options === 'string' ? options : options?.encoding;
      return encoding === undefined || encoding === null ? bytes : bytes.toString(encoding as BufferEncoding);
    },
    writeFileSync(at: PathOrFile, data: string | Uint8Array, options?: string | { mode?: number; flag?: string }) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      const { mode = 0o666, flag = 'w' } = typeof options === 'object' ? options : {};
      const descriptor = typeof at === 'number' ? at : files.openSync(at, flag, mode & ~0o022);
      const file = machine.files.get(descriptor);
      if (file === undefined) throw fsError('EBADF', 'write', String(at));
      write(machine, file, bytes, null);
      if (typeof at !== 'number') files.closeSync(descriptor);
    },
  };
}

function statsOf(inode: Inode, { inode: ino, volume }: Found): Stats {
  const is = (kind: Inode['kind']) => (): boolean => inode.kind === kind;
  const size = inode.kind === 'file' ? inode.size : 0;
  const rdev = inode.kind === 'block' ? DEVICES[volume] : 0;
  const stats = {
    ...{ ino, size, rdev, dev: DEVICES[volume], uid: inode.uid, gid: inode.gid, mtimeMs: inode.mtimeMs, nlink: 1 },
    mode: TYPE_BITS[inode.kind] | (inode.mode & 0o7777),
    isFile: is('file'),
    isDirectory: is('dir'),
    isSymbolicLink: is('link'),
    isBlockDevice: is('block'),
    isCharacterDevice: () => false,
    isFIFO: () => false,
    isSocket: () => false,
  };
  return stats as unknown as Stats;
}
