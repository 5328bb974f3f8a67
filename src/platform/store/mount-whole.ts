/**
 * Shows a layer that is a read-only Btrfs subvolume: a whole root, which takes the place of the base.
 *
 * Invariant: what is shown is what the layer's name says, and cannot be written.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import { layerPath } from '../../core/root/store-names.ts';
import type { Layer } from '../../core/store/deployment.ts';

import { identifySubvolume } from '../btrfs/identify-subvolume.ts';
import { bindMount, mountEntries } from '../root/mounting.ts';
import { runTool } from '../root/tools.ts';

export type WholeName = Pick<Layer, 'digest' | 'form'>;

/** The name of the subvolume in the directory that has the layer's name. */
export const WHOLE = 'root';

/** Where the subvolume of a layer is. */
export function wholePath(store: string, layer: WholeName): string {
  return join(store, layerPath(layer), WHOLE);
}

/**
 * Shows it, read-only, at `point`, where something else may be mounted already.
 * @throws BootError ABSENT when it is missing, CONTENT when it is another one or was made writable, IO
 */
export function mountWhole(store: string, layer: WholeName, point: string): void {
  const path = wholePath(store, layer);
  requireWhole(path, layer);
  bindMount(path, point);
  const shown = mountAt(mountEntries(), point)?.root ?? 'nothing';
  if (shown.endsWith(`/${layerPath(layer)}/${WHOLE}`)) {
    runTool(['mount', '-o', 'remount,bind,ro', '--', point]);
    return;
  }
  runTool(['umount', '--', point]);
  throw new BootError('IO', `'${shown}' is mounted in the place of layer '${layerPath(layer)}'`);
}

/** @throws BootError as {@link mountWhole} */
export function requireWhole(path: string, layer: WholeName): void {
  const name = `layer '${layerPath(layer)}'`;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new BootError('ABSENT', `${name} is missing`, { hint: "'btrfs subvolume list' shows what is left" });
  }
  if (identifySubvolume(path, name) === layer.digest) return;
  throw new BootError('CONTENT', `${name} is not what was made: its subvolume was changed, or is another one`);
}
