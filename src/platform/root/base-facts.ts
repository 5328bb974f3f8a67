/**
 * Reads what the base id is made of: the superblock from the device, and from the mounted base the files that name it.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { baseId, sha256, versionFrom } from '../../core/root/base-id.ts';
import { superblockLayout, viewOf } from '../../core/root/superblock.ts';
import type { Deployment } from '../../core/state/state.ts';
import type { FoundDevice } from './find-device.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode } from './tools.ts';

/** An image that names itself; it then needs no package database. */
const OWN_ID = '/usr/lib/lifeboot/base-id';
const OS_RELEASE = ['/usr/lib/os-release', '/etc/os-release'];
/** Package databases: what an update changes. Directories stand for the files in them. */
const PACKAGES = [
  '/var/lib/dpkg/status',
  '/usr/lib/sysimage/rpm',
  '/var/lib/rpm',
  '/lib/apk/db/installed',
  '/var/lib/pacman/local',
];
/** Larger files are told apart by size, time and both ends: an id must not take longer than a boot can wait. */
const WHOLE_FILE_BYTES = 8 * 1024 * 1024;
const END_BYTES = 64 * 1024;

export interface Superblock {
  readonly bytes: Uint8Array | null;
  readonly notes: readonly string[];
}

/** @throws BootError IO when the device cannot be read */
export function readSuperblock(device: FoundDevice): Superblock {
  const layout = device.type === null ? null : superblockLayout(device.type);
  if (layout === null) return { bytes: null, notes: [] };
  const bytes = new Uint8Array(layout.length);
  try {
    const file = openSync(device.path, 'r');
    try {
      readSync(file, bytes, 0, layout.length, layout.offset);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new BootError('IO', `cannot read the superblock of '${device.path}'`, { cause: error });
  }
  return { bytes, notes: layout.notes(viewOf(bytes)).map((note) => `'${device.path}': ${note}`) };
}

/**
 * @param base where the base is mounted
 * @throws BootError IO or CONTENT when what names it is there and cannot be read
 */
export function readDeployment(device: FoundDevice, superblock: Superblock, base: string): Deployment {
  const own = digestOf(base, OWN_ID);
  const release = own ?? OS_RELEASE.map((path) => digestOf(base, path)).find((found) => found !== null) ?? null;
  const packages = own === null ? PACKAGES.map((path) => digestOf(base, path)) : [];
  const content = [release, ...packages].filter((found) => found !== null);
  return {
    id: baseId({
      type: device.type ?? '',
      uuid: device.uuid,
      deviceBytes: device.sizeBytes,
      superblock: superblock.bytes,
      content: content.map(({ path, digest }) => ({ path, digest })),
    }),
    version: release === null ? null : versionFrom(release.text),
  };
}

/** A version that an operator recognises; null: what is there does not tell. @throws BootError as {@link readDeployment} */
export function readVersion(base: string): string | null {
  const release = [OWN_ID, ...OS_RELEASE].map((path) => digestOf(base, path)).find((found) => found !== null);
  return release === undefined || release === null ? null : versionFrom(release.text);
}

interface Digest {
  readonly path: string;
  readonly digest: string;
  readonly text: string;
}

function digestOf(base: string, path: string): Digest | null {
  try {
    const place = resolveInRoot(base, path);
    const found = statSync(place, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (found.isDirectory()) return { path, digest: sha256(listing(place)), text: '' };
    if (found.size > WHOLE_FILE_BYTES) return { path, digest: sha256(ends(place)), text: '' };
    const bytes = readFileSync(place);
    return { path, digest: sha256(bytes), text: path.startsWith('/var/') ? '' : bytes.toString('utf8') };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (error instanceof BootError) throw error;
    throw new BootError(code === 'EIO' ? 'IO' : 'CONTENT', `cannot read '${path}' of the base`, { cause: error });
  }
}

function listing(dir: string): string {
  const names = readdirSync(dir).sort();
  return names.map((name) => `${name} ${describeFile(join(dir, name))}\n`).join('');
}

function describeFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '-' : `${found.size} ${Math.floor(found.mtimeMs / 1000)}`;
}

function ends(path: string): Buffer {
  const size = statSync(path).size;
  const both = Buffer.alloc(2 * END_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, both, 0, END_BYTES, 0);
    readSync(file, both, END_BYTES, END_BYTES, size - END_BYTES);
  } finally {
    closeSync(file);
  }
  return Buffer.concat([Buffer.from(`${describeFile(path)}\n`), both]);
}
