/**
 * Mounts a slot's base read-only and tells what it is.
 *
 * Invariant: nothing is ever written to a base. A plain `ro` mount of ext4 or xfs replays the journal, which writes;
 * so theirs is not loaded, and a dirty one is only told.
 */
import { mkdirSync } from 'node:fs';
import type { BaseRequest } from '../../app/ports.ts';
import type { FoundBase } from '../../core/boot/facts.ts';
import { BootError, describeError } from '../../core/errors.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import type { Deployment } from '../../core/state/state.ts';
import { readDeployment, readSuperblock, type Superblock } from './base-facts.ts';
import type { FindDevice, FoundDevice } from './find-device.ts';
import { findImage, mountImage } from './image-base.ts';
import { canRead, mount, mountEntries, unmountBelow } from './mounting.ts';
import { findDeployment, type OstreeDeployment } from './ostree-deployment.ts';
import type { Places } from './places.ts';
import { recognise } from './probe-device.ts';
import { mountSubvolume, readSubvolume } from './subvolume-base.ts';

/** Read-only in earnest, by file system. */
const READ_ONLY: Readonly<Record<string, string>> = {
  ext2: 'ro',
  ext3: 'ro,noload',
  ext4: 'ro,noload',
  xfs: 'ro,norecovery,nouuid',
};

export interface MountedBase {
  readonly found: FoundBase;
  /** `MAJOR:MINOR` of what is mounted at the base: a partition, the loop device of an image, or Btrfs' own. */
  readonly number: string | null;
  /** Of the partition. */
  readonly diskNumber: string | null;
  /** The deployment in it that is to be the root; null: the whole of it is. */
  readonly ostree: OstreeDeployment | null;
  /** Where a file system is mounted that may become writable later in this boot; null: a base never does. */
  readonly changeable: string | null;
}

/** @throws BootError ABSENT, CONTENT or IO; nothing is left mounted then */
export function mountBase(request: BaseRequest, places: Places, find: FindDevice): MountedBase {
  const device = recognise(find(request.root, request));
  const superblock = readSuperblock(device);
  try {
    if (typeof request.ostree === 'string') return mountOstree(device, superblock, request.ostree, places);
    if (typeof request.subvolume === 'string') return mountFromBtrfs(device, superblock, request.subvolume, places);
    if (typeof request.image === 'string') {
      const isData = isDataPartition(request, device, find);
      return mountFromImage(device, superblock, { image: request.image, isData }, places);
    }
    mountDevice(device, places.base, readOnlyOptions(device));
    const found = describeBase(device, superblock, readDeployment(device, superblock, places.base));
    return { found, number: device.number, diskNumber: device.number, ostree: null, changeable: null };
  } catch (error) {
    unmountBelow([places.base, places.carrier]);
    throw error;
  }
}

function mountOstree(device: FoundDevice, superblock: Superblock, name: string, places: Places): MountedBase {
  const notes = [...superblock.notes, ...mountChangeable(device, places.base)];
  const ostree = findDeployment(places.base, name);
  const found = describeBase(device, { ...superblock, notes }, ostree.deployment);
  return { found, number: device.number, diskNumber: device.number, ostree, changeable: places.base };
}

/** The data partition may be the same file system: that is mounted a second time, from its top, and can be written. */
function mountFromBtrfs(device: FoundDevice, superblock: Superblock, subvolume: string, places: Places): MountedBase {
  mountSubvolume(device, subvolume, places.base);
  const found = describeBase(device, superblock, readSubvolume(device, subvolume, places.base));
  const number = mountAt(mountEntries(), places.base)?.device ?? null;
  return { found, number, diskNumber: device.number, ostree: null, changeable: null };
}

function mountFromImage(
  carrier: FoundDevice,
  below: Superblock,
  { image, isData }: { readonly image: string; readonly isData: boolean },
  places: Places,
): MountedBase {
  let notes = below.notes;
  // The same file system cannot be mounted in two ways, and the data partition is to become writable.
  if (isData) notes = [...notes, ...mountChangeable(carrier, places.carrier)];
  else mountDevice(carrier, places.carrier, readOnlyOptions(carrier));
  const file = findImage(places.carrier, image, carrier);
  const superblock = readSuperblock(file);
  mountImage(file, places.base, readOnlyOptions(file));
  const deployment = readDeployment(file, superblock, places.base);
  const number = mountAt(mountEntries(), places.base)?.device ?? null;
  const found = describeBase(carrier, { ...superblock, notes: [...notes, ...superblock.notes] }, deployment);
  return { found, number, diskNumber: carrier.number, ostree: null, changeable: places.carrier };
}

function isDataPartition({ dataDevice = null }: BaseRequest, device: FoundDevice, find: FindDevice): boolean {
  if (dataDevice === null) return false;
  try {
    return find(dataDevice, { waitSeconds: 0 }).path === device.path;
  } catch {
    // Not there: then it is another one.
    return false;
  }
}

function mountDevice(device: FoundDevice, dir: string, options: string): void {
  mkdirSync(dir, { recursive: true });
  mount({ type: typeOf(device), source: device.path, target: dir, options });
}

/**
 * Mounts read-only what this boot will write later, journal replayed: what is written since is in it, and a file system
 * whose journal was left out does not become writable any more.
 * @returns what an operator should know
 */
function mountChangeable(device: FoundDevice, dir: string): readonly string[] {
  try {
    mountDevice(device, dir, device.type === 'xfs' ? 'ro,nouuid' : 'ro');
    return [];
  } catch (error) {
    mountDevice(device, dir, readOnlyOptions(device));
    return [`'${device.path}' can only be read, and without its journal: ${describeError(error)}`];
  }
}

export function describeBase(device: FoundDevice, superblock: Superblock, deployment: Deployment): FoundBase {
  return {
    deployment,
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
