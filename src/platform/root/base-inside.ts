/**
 * From a mounted file system to the base inside it, for whoever only looks: itself, an image file, a
 * subvolume, an OSTree deployment.
 *
 * Reads only; leaves nothing mounted.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseSource } from '../../core/root/base-source.ts';
import type { Deployment } from '../../core/state/state.ts';
import { readDeployment, readSuperblock, type Superblock } from './base-facts.ts';
import type { FoundDevice } from './find-device.ts';
import { findImage, mountImage } from './image-base.ts';
import { readOnlyOptions } from './mount-base.ts';
import { unmountBelow } from './mounting.ts';
import { findDeployment } from './ostree-deployment.ts';
import { mountSubvolume, readSubvolume } from './subvolume-base.ts';

export interface BaseInside {
  /** The root that would be booted, less what lies over it. */
  readonly dir: string;
  readonly deployment: Deployment;
  readonly notes: readonly string[];
}

/** Where the slot's device is mounted, and what is known of it. */
export interface MountedDevice {
  readonly device: FoundDevice;
  readonly superblock: Superblock;
  readonly dir: string;
}

/**
 * @param runDir where an image or a subvolume may be mounted meanwhile
 * @throws BootError CONFIG, ABSENT, CONTENT or IO
 */
export function withBaseInside<T>(
  source: Omit<BaseSource, 'root'>,
  { device, superblock, dir }: MountedDevice,
  runDir: string,
  work: (base: BaseInside) => T,
): T {
  const { notes } = superblock;
  if (typeof source.ostree === 'string') {
    const { path, deployment } = findDeployment(dir, source.ostree);
    return work({ dir: join(dir, path), deployment, notes });
  }
  if (typeof source.image === 'string') return withImage(source.image, { device, superblock, dir }, runDir, work);
  const { subvolume } = source;
  if (typeof subvolume !== 'string') return work({ dir, deployment: readDeployment(device, superblock, dir), notes });
  return withDirectory(runDir, 'subvolume-', (inside) => {
    mountSubvolume(device, subvolume, inside);
    return work({ dir: inside, deployment: readSubvolume(device, subvolume, inside), notes });
  });
}

function withImage<T>(
  image: string,
  { device, superblock, dir }: MountedDevice,
  runDir: string,
  work: (base: BaseInside) => T,
): T {
  const file = findImage(dir, image, device);
  const own = readSuperblock(file);
  return withDirectory(runDir, 'image-', (inside) => {
    mountImage(file, inside, readOnlyOptions(file));
    const notes = [...superblock.notes, ...own.notes];
    return work({ dir: inside, deployment: readDeployment(file, own, inside), notes });
  });
}

function withDirectory<T>(runDir: string, name: string, work: (dir: string) => T): T {
  mkdirSync(runDir, { recursive: true });
  const inside = mkdtempSync(join(runDir, name));
  try {
    return work(inside);
  } finally {
    unmountBelow([inside]);
    rmdirSync(inside);
  }
}
