/**
 * Layers that are read-only Btrfs subvolumes, each a whole root: made, read again and deleted.
 *
 * Each is `layers/<digest>.subvol/root`: a read-only subvolume cannot be moved, but the directory that it is in can.
 * Invariant: such a name is a whole layer. 1 it is made in a directory that nobody looks for, 2 flushed, 3 read-only from
 * then on, 4 the directory is renamed, 5 flushed. What a cut leaves before 4 goes with the next one.
 */
import { lstatSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { layerPath } from '../../core/root/store-names.ts';
import type { Layer } from '../../core/store/deployment.ts';
import { identifySubvolume } from '../btrfs/identify-subvolume.ts';
import { deleteSubvolume, flush, makeSnapshot, sealSubvolume } from '../btrfs/subvolumes.ts';
import { readAllFiles } from '../repair/read-all-files.ts';
import { makeDirsDurably } from '../root/durable.ts';
import { applyChanges } from './apply-changes.ts';
import { requireWhole, WHOLE, type WholeName, wholePath } from './mount-whole.ts';
import { namesIn } from './store-files.ts';

const UNFINISHED = '.new-';
const SUBVOLUME_INODE = 256;

/** What the new subvolume is to show. */
export interface WholeRoot {
  /** A mounted subvolume, on the file system of the store. */
  readonly base: string;
  /** Directories with changes, lowest first, without redirects. */
  readonly changes: readonly string[];
  readonly sizeBytes: number;
}

/** @param work an empty directory; @throws BootError IO, REFUSED without room */
export function placeSubvolume(store: string, { base, changes, sizeBytes }: WholeRoot, work: string): Layer {
  return placeMade(store, (place) => {
    const made = join(place, WHOLE);
    makeSnapshot(base, made);
    for (const dir of changes) applyChanges(dir, made, work);
    sealSubvolume(made);
    return { made, sizeBytes };
  });
}

/**
 * Gives a read-only subvolume its name in the store.
 * @param make makes it in the directory that it is given, and nothing else
 */
export function placeMade(
  store: string,
  make: (place: string) => { readonly made: string; readonly sizeBytes: number },
): Layer {
  const layers = join(store, 'layers');
  makeDirsDurably(layers, 0o700);
  discardUnfinished(store);
  const place = mkdtempSync(join(layers, UNFINISHED));
  try {
    const { made, sizeBytes } = make(place);
    const layer: Layer = { digest: identifySubvolume(made, `'${made}'`), form: 'subvol', sizeBytes };
    if (made !== join(place, WHOLE)) renameSync(made, join(place, WHOLE));
    renameSync(place, join(store, layerPath(layer)));
    // Before anything names it, its own name is on disk, and all that it holds.
    flush(layers);
    return layer;
  } catch (error) {
    discardUnfinished(store);
    throw error;
  }
}

/** What a command that was cut has left. @throws BootError IO */
export function discardUnfinished(store: string): void {
  const names = namesIn(join(store, 'layers')).filter((name) => name.startsWith(UNFINISHED));
  for (const name of names) discard(join(store, 'layers', name));
}

/** @throws BootError IO */
export function deleteWhole(store: string, layer: Layer): void {
  // Out of the way by one rename: half of a subvolume never has the name of a whole one.
  const away = mkdtempSync(join(store, 'layers', UNFINISHED));
  renameSync(join(store, layerPath(layer)), away);
  discard(away);
}

/** A directory with subvolumes in it, read-only or not, and with whatever else. */
function discard(place: string): void {
  for (const name of namesIn(place)) {
    const path = join(place, name);
    if (isSubvolume(path)) deleteSubvolume(path);
    else rmSync(path, { recursive: true, force: true });
  }
  rmdirSync(place);
}

/** The root of each has this inode number, whatever the file system. */
function isSubvolume(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() && stat.ino === SUBVOLUME_INODE;
}

/**
 * Reads all of it: Btrfs compares what it reads with its checksums.
 * @returns what is wrong, in words; null: nothing. @throws BootError as {@link mountWhole}
 */
export function readWhole(store: string, layer: WholeName): string | null {
  const path = wholePath(store, layer);
  requireWhole(path, layer);
  const { failures, failed } = readAllFiles(path);
  return failures === 0 ? null : `has ${failures} files that cannot be read: ${failed.join(', ')}`;
}
