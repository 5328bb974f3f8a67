/**
 * Paths in the simulated world: mounts, directories, links.
 */
import { bytesOf, type Inode, type VolumeName } from './image.ts';
import type { Machine, Mount } from './machine.ts';

export interface Found {
  readonly inode: number;
  readonly volume: VolumeName;
}

/** Where a name is, or would be. */
export interface Place {
  readonly dir: Found;
  readonly name: string;
  readonly found: Found | null;
}

/** What `node:fs` throws. */
export function fsError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call} '${path}'`), { code, syscall: call, path });
}

const MAX_LINKS = 40;

/** @returns what is at `path`; null: nothing. @throws ENOTDIR, ELOOP */
export function find(machine: Machine, path: string, follow: boolean, call: string): Found | null {
  return walk(machine, path, follow, call).found;
}

/** @throws ENOENT when nothing is there */
export function need(machine: Machine, path: string, follow: boolean, call: string): Found {
  const found = find(machine, path, follow, call);
  if (found === null) throw fsError('ENOENT', call, path);
  return found;
}

/** @throws ENOENT when the directory that would hold it is not there */
export function place(machine: Machine, path: string, call: string): Place {
  const { dir, name, found } = walk(machine, path, false, call);
  if (dir === null) throw fsError('ENOENT', call, path);
  return { dir, name, found };
}

function walk(machine: Machine, path: string, follow: boolean, call: string, links = 0) {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  let at = '';
  let dir: Found | null = null;
  let found: Found | null = null;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    dir = found;
    at = `${at}/${part}`;
    const mount = mountAt(machine, at);
    if (mount !== undefined) {
      found = { inode: mount.inode, volume: mount.volume };
      continue;
    }
    if (dir === null) return { dir: null, name: part, found: null };
    const parent = machine.inode(dir.inode);
    if (parent.kind !== 'dir') throw fsError('ENOTDIR', call, path);
    const child = parent.entries.get(part);
    if (child === undefined) return { dir: isLast ? dir : null, name: part, found: null };
    found = { inode: child, volume: dir.volume };
    const inode = machine.inode(child);
    if (inode.kind === 'link' && (follow || !isLast)) {
      if (links > MAX_LINKS) throw fsError('ELOOP', call, path);
      const base = inode.target.startsWith('/') ? '' : at.slice(0, at.lastIndexOf('/'));
      const rest = parts.slice(index + 1).join('/');
      return walk(machine, `${base}/${inode.target}/${rest}`, follow, call, links + 1);
    }
  }
  return { dir, name: parts.at(-1) ?? '', found };
}

export function mountAt(machine: Machine, point: string): Mount | undefined {
  return machine.mounts.findLast((mount) => mount.point === point);
}

/** The mount that holds `path`. */
export function mountOf(machine: Machine, path: string): Mount | undefined {
  const holding = machine.mounts.filter(({ point }) => path === point || path.startsWith(`${point}/`));
  return holding.toSorted((left, right) => left.point.length - right.point.length).at(-1);
}

export function requireWritable(machine: Machine, path: string, call: string): void {
  if (mountOf(machine, path)?.options.includes('ro') === true) throw fsError('EROFS', call, path);
}

/** The bytes of a file; for tests to look at. @throws ENOENT */
export function readSimulated(machine: Machine, path: string): Buffer {
  const inode = machine.inode(need(machine, path, true, 'open').inode);
  return contentOf(inode, path);
}

export function contentOf(inode: Inode, path: string): Buffer {
  if (inode.kind === 'dir' || inode.kind === 'link') throw fsError('EISDIR', 'read', path);
  return bytesOf(inode.sectors, inode.size);
}
