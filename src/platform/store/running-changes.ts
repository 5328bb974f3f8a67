/**
 * What the running system has changed of its deployment: by its writable layer, which lies under the root.
 *
 * Reads only. The root itself is asked, not the attributes of the layer: whatever the kernel hides is hidden.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Changes, Drift } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { lowerLayers, mountAt, optionValue } from '../../core/root/mountinfo.ts';
import type { SlotName } from '../../core/slot.ts';
import type { Layer } from '../../core/store/deployment.ts';
import { deploymentOf, NO_PAIR } from '../../core/store/pair.ts';
import { type FindDevice, findDevice } from '../root/find-device.ts';
import { listTree } from '../root/list-tree.ts';
import { mountEntries, unmountBelow } from '../root/mounting.ts';
import { mountView, withStage } from './staged-root.ts';
import { readManifest, readPair } from './store-files.ts';

export interface ChangesOptions {
  /** `/run/lifeboot`. */
  readonly runDir: string;
  /** `lifeboot/` on the data partition. */
  readonly store: string;
  /** The running root; default: `/`. */
  readonly root?: string;
  readonly find?: FindDevice;
}

export function makeChanges({ runDir, store, root = '/', find = findDevice }: ChangesOptions): Changes {
  return {
    drift() {
      const { upper, lower } = rootLayers(root, runDir);
      return collectDrift(upper, { lower, root });
    },
    etcSides(slot, source) {
      const { lower } = rootLayers(root, runDir);
      return {
        base: listEtc(lower, runDir),
        local: listTree(join(root, 'etc')),
        next: withStage({ runDir, store, source, layers: layersOf(slot, store), find }, (stage) =>
          listTree(join(mountView(stage), 'etc')),
        ),
      };
    },
  };
}

interface RootLayers {
  readonly upper: string;
  /** Top first. */
  readonly lower: readonly string[];
}

/** The boot stage names them relative to the run directory. */
function rootLayers(root: string, runDir: string): RootLayers {
  const entry = mountAt(mountEntries(), root);
  const upper = optionValue(entry?.superOptions ?? [], 'upperdir');
  if (entry === undefined || entry.type !== 'overlay' || upper === undefined) {
    throw new BootError('UNAVAILABLE', 'the running root has no writable layer of lifeboot', {
      hint: "'lifeboot status' shows what runs",
    });
  }
  return {
    upper: resolve(runDir, upper),
    lower: lowerLayers(entry.superOptions).map((name) => resolve(runDir, name)),
  };
}

function layersOf(slot: SlotName, store: string): readonly Layer[] {
  const id = deploymentOf(readPair(store) ?? NO_PAIR, slot, null);
  const manifest = id === null ? null : readManifest(store, id);
  return manifest?.layers ?? [];
}

function listEtc(lower: readonly string[], runDir: string) {
  const [only = '', ...others] = lower;
  if (others.length === 0) return listTree(join(only, 'etc'));
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'etc-'));
  try {
    return listTree(join(mountView({ dir, lower }), 'etc'));
  } finally {
    unmountBelow([dir]);
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Beneath {
  readonly lower: readonly string[];
  readonly root: string;
}

function collectDrift(upper: string, { lower, root }: Beneath): readonly Drift[] {
  const found: Drift[] = [];
  const { dev } = lstatSync(root);
  const add = (path: string, kind: Drift['kind'], sizeBytes: number): void => {
    if (topmost(path, lower) !== null) found.push({ path, kind, sizeBytes, imageBytes: bytesOf(path, lower) });
  };
  const visit = (path: string): void => {
    // What is bound over the root is no part of it.
    if (lstatSync(join(root, path)).dev !== dev) return;
    const mine = new Set(readdirSync(join(upper, path)));
    for (const name of mine) {
      const [each, stat] = [join(path, name), lstatSync(join(upper, path, name))];
      if (isWhiteout(stat)) add(each, 'deleted', 0);
      else if (!stat.isDirectory()) add(each, 'changed', stat.size);
      else if (topmost(each, lower)?.isDirectory() === true) visit(each);
      else add(each, 'changed', 0);
    }
    // A directory that was made anew hides what the image has in it, and nothing stands in the layer for that.
    for (const name of namesIn(path, lower)) {
      if (!mine.has(name) && statOf(join(root, path, name)) === null) add(join(path, name), 'deleted', 0);
    }
  };
  visit('');
  return found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** What the topmost layer has at `path`; null: nothing, or it was deleted there. */
function topmost(path: string, lower: readonly string[]): Stats | null {
  for (const dir of lower) {
    const found = statOf(join(dir, path));
    if (found !== null) return isWhiteout(found) ? null : found;
  }
  return null;
}

function namesIn(path: string, lower: readonly string[]): readonly string[] {
  const names = lower.flatMap((dir) =>
    statOf(join(dir, path))?.isDirectory() === true ? readdirSync(join(dir, path)) : [],
  );
  return [...new Set(names)].filter((name) => topmost(join(path, name), lower) !== null);
}

function bytesOf(path: string, lower: readonly string[]): number {
  const found = topmost(path, lower);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  return namesIn(path, lower).reduce((sum, name) => sum + bytesOf(join(path, name), lower), 0);
}

function isWhiteout(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === 0;
}

/** @returns null: nothing is there, or a name on the way is no directory */
function statOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null;
    throw error;
  }
}
