/**
 * Puts a deployment together on the running node, beside the running system: to be changed, or to be looked at.
 *
 * Invariant: base and layers are only ever mounted read-only; what is written goes to a directory below `tmp/` of the
 * store, which is deleted in the end, and by the next boot or the next change where this process did not come that far.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseSource } from '../../core/root/base-source.ts';
import { overlayOptions } from '../../core/root/overlay-options.ts';
import { type Layer, splitLayers } from '../../core/store/deployment.ts';
import { viewOptions } from '../../core/store/view-options.ts';
import { makeDir } from '../root/durable.ts';
import { type FindDevice, type FoundDevice, findDevice } from '../root/find-device.ts';
import { findImage, mountImage } from '../root/image-base.ts';
import { readOnlyOptions, typeOf } from '../root/mount-base.ts';
import { placeOf } from '../root/mounted-device.ts';
import { mount, unmountBelow } from '../root/mounting.ts';
import { overlayParameters } from '../root/overlay-parameters.ts';
import { recognise } from '../root/probe-device.ts';
import { mountSubvolume } from '../root/subvolume-base.ts';
import { mountLayers } from './mount-layers.ts';
import { mountWhole } from './mount-whole.ts';

export interface StageRequest {
  /** `/run/lifeboot`. */
  readonly runDir: string;
  /** `lifeboot/` on the data partition. */
  readonly store: string;
  /** Where the base is, as configured. */
  readonly source: BaseSource;
  /** Lowest first. */
  readonly layers: readonly Layer[];
  readonly find?: FindDevice;
}

export interface Stage {
  /** Everything of this stage lies below it. */
  readonly dir: string;
  /** Where layers and base are mounted, top first. */
  readonly lower: readonly string[];
}

/** Mounts base and layers, and takes them away again. @throws BootError ABSENT, CONTENT, IO; whatever `work` throws */
export function withStage<T>(
  { runDir, store, source, layers, find = findDevice }: StageRequest,
  work: (stage: Stage) => T,
): T {
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'stage-'));
  try {
    const { whole, above } = splitLayers(layers);
    const base = whole === null ? mountedBase(source, dir, find) : mountedWhole(store, whole, join(dir, 'base'));
    const names = mountLayers(above, store, join(dir, 'l'));
    return work({ dir, lower: [...names.map((name) => join(dir, 'l', name)), base] });
  } finally {
    unmountBelow([dir]);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A file system that is in use cannot be mounted again with other options: then through the mount that it has. */
function mountedBase({ root, image, subvolume }: BaseSource, dir: string, find: FindDevice): string {
  const device = recognise(find(root, { waitSeconds: 0 }));
  if (typeof subvolume === 'string') {
    mountSubvolume(device, subvolume, join(dir, 'base'));
    return join(dir, 'base');
  }
  if (typeof image !== 'string') return mountedDevice(device, join(dir, 'base'));
  const file = findImage(mountedDevice(device, join(dir, 'carrier')), image, device);
  mountImage(file, join(dir, 'base'), readOnlyOptions(file));
  return join(dir, 'base');
}

function mountedWhole(store: string, whole: Layer, dir: string): string {
  mkdirSync(dir);
  mountWhole(store, whole, dir);
  return dir;
}

function mountedDevice(device: FoundDevice, dir: string): string {
  const mounted = placeOf(device);
  if (mounted !== null) return mounted;
  mkdirSync(dir);
  mount({ type: typeOf(device), source: device.path, target: dir, options: readOnlyOptions(device) });
  return dir;
}

/** @returns where the deployment can be seen, read-only */
export function mountView({ dir, lower }: Stage): string {
  const [only, ...others] = lower;
  if (only !== undefined && others.length === 0) return only;
  const root = join(dir, 'root');
  mkdirSync(root);
  // The names are relative, so that hundreds fit.
  const layers = { lower: lower.map((each) => relativeTo(dir, each)), hasMetacopy: false };
  const options = viewOptions(layers, overlayParameters(lower.at(-1) ?? '/'));
  mount({ type: 'overlay', source: 'lifeboot-view', target: root, options, cwd: dir });
  return root;
}

export interface Writable {
  readonly root: string;
  readonly upper: string;
}

/**
 * Mounts the deployment with an empty upper over it.
 * @param under a directory that lies below everything: what it holds is seen where nobody else has that name, and is
 * never part of what was changed
 */
export function mountWritable({ dir, lower }: Stage, upperPlace: string, under: string): Writable {
  const [root, upper, work] = [join(dir, 'root'), join(upperPlace, 'upper'), join(upperPlace, 'work')];
  mkdirSync(root);
  makeDir(upper, 0o755);
  makeDir(work, 0o700);
  const layers = { lower: [...lower, under].map((each) => relativeTo(dir, each)), upper, work };
  const base = lower.at(-1) ?? '/';
  const options = overlayOptions(layers, overlayParameters(base), 'staged');
  const request = { type: 'overlay', source: 'lifeboot-stage', target: root, cwd: dir };
  try {
    // Nothing that is written here outlives a power cut anyway: a package manager's flushes would only wear out flash.
    mount({ ...request, options: `${options},volatile` });
  } catch {
    // A kernel before 5.10; if it is something else, this says what.
    mount({ ...request, options });
  }
  return { root, upper };
}

function relativeTo(dir: string, path: string): string {
  return path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : path;
}
