/**
 * Mounts a slot's base read-only and tells what it is.
 *
 * Invariant: nothing is ever written to a base. A plain `ro` mount of ext4 or xfs replays the journal, which writes;
 * so theirs is not loaded, and a dirty one is only told.
 */
import { mkdirSync } from 'node:fs';
import type { FoundBase } from '../../core/boot/facts.ts';
import { BootError } from '../../core/errors.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import { readDeployment, readSuperblock, type Superblock } from './base-facts.ts';
import type { FindDevice, FoundDevice } from './find-device.ts';
import { canRead, mount, unmountBelow } from './mounting.ts';
import { recognise } from './probe-device.ts';

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
export function mountBase(request: BaseRequest, dir: string, find: FindDevice): MountedBase {
  const device = recognise(find(request.root, request));
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

/** @param dir where the base is mounted */
export function describeBase(device: FoundDevice, superblock: Superblock, dir: string): FoundBase {
  return {
    deployment: readDeployment(device, superblock, dir),
    device: device.path,
    partuuid: device.partuuid,
    serial: device.serial,
    removable: device.removable,
    notes: [...device.notes, ...superblock.notes],
    doubts: device.notes,
  };
}

/** @throws BootError CONTENT when nothing was recognised on the device; IO when it cannot be read at all */
export function typeOf(device: FoundDevice): string {
  if (device.type !== null) return device.type;
  if (!canRead(device.path)) {
    throw new BootError('IO', `cannot read '${device.path}'`, {
      hint: 'check the disk with smartctl, its cable and power',
    });
  }
  throw new BootError('CONTENT', `no file system was recognised on '${device.path}'`, {
    hint: 'the image is missing, overwritten or encrypted: write it again',
  });
}

/** How to mount it without writing a single byte. */
export function readOnlyOptions(device: FoundDevice): string {
  return READ_ONLY[device.type ?? ''] ?? 'ro';
}
