/**
 * Mounts a slot's base read-only and tells what it is.
 *
 * Invariant: nothing is ever written to a base. A plain `ro` mount of ext4 or xfs replays the journal, which writes;
 * so theirs is not loaded, and a dirty one is only told.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundBase } from '../../core/boot/facts.ts';
import { BootError } from '../../core/errors.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import { readDeployment, readSuperblock } from './base-facts.ts';
import { type FoundDevice, findDevice } from './find-device.ts';
import { mount, mountEntries, unmountBelow } from './mounting.ts';

/** Read-only in earnest, by file system. */
const READ_ONLY: Readonly<Record<string, string>> = {
  ext2: 'ro',
  ext3: 'ro,noload',
  ext4: 'ro,noload',
  xfs: 'ro,norecovery,nouuid',
};

export interface BaseRequest {
  readonly root: string;
  readonly waitSeconds: number;
  readonly recorded: RecordedDevice | null;
}

export interface MountedBase {
  readonly found: FoundBase;
  readonly device: FoundDevice;
}

/**
 * @param dir where to mount it; made when it is missing
 * @throws BootError ABSENT, CONTENT or IO; nothing is left mounted then
 */
export function mountBase(request: BaseRequest, dir: string): MountedBase {
  const device = findDevice(request.root, request);
  const superblock = readSuperblock(device);
  mkdirSync(dir, { recursive: true });
  mount({ type: typeOf(device), source: device.path, target: dir, options: readOnlyOptions(device) });
  try {
    return { found: describeBase(device, superblock, dir), device };
  } catch (error) {
    unmountBelow([dir]);
    throw error;
  }
}

/**
 * Tells what a slot holds while a system is running, and leaves nothing mounted.
 * @throws BootError ABSENT, CONTENT or IO
 */
export function inspectBase(root: string, recorded: RecordedDevice | null, runDir = '/run/lifeboot'): FoundBase {
  const device = findDevice(root, { waitSeconds: 0, recorded });
  const superblock = readSuperblock(device);
  const type = typeOf(device);
  // A file system that is in use cannot be mounted a second time with other options: look through the mount it has.
  const mounted = mountEntries().find((entry) => entry.root === '/' && entry.device === device.number);
  if (mounted !== undefined) return describeBase(device, superblock, mounted.point);
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'inspect-'));
  try {
    mount({ type, source: device.path, target: dir, options: readOnlyOptions(device) });
    return describeBase(device, superblock, dir);
  } finally {
    unmountBelow([dir]);
    rmdirSync(dir);
  }
}

function describeBase(device: FoundDevice, superblock: ReturnType<typeof readSuperblock>, dir: string): FoundBase {
  return {
    deployment: readDeployment(device, superblock, dir),
    device: device.path,
    partuuid: device.partuuid,
    serial: device.serial,
    removable: device.removable,
    notes: [...device.notes, ...superblock.notes],
  };
}

function typeOf(device: FoundDevice): string {
  if (device.type !== null) return device.type;
  throw new BootError('CONTENT', `no file system was recognised on '${device.path}'`, {
    hint: 'the image is missing, overwritten or encrypted: write it again',
  });
}

function readOnlyOptions(device: FoundDevice): string {
  return READ_ONLY[device.type ?? ''] ?? 'ro';
}
