/**
 * Gives a packed layer its name in the store, which is the digest of what was read back from the medium.
 *
 * Invariant: a name in `layers/` is a whole layer. 1 everything is flushed, 2 read back, 3 renamed, 4 the directory flushed.
 */
import { existsSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { layerPath } from '../../core/root/store-names.ts';
import type { Layer } from '../../core/store/deployment.ts';
import { makeDirsDurably, renameDurably } from '../root/durable.ts';
import { runTool } from '../root/tools.ts';
import { makeFileHasher } from './hash-file.ts';
import { digestTree } from './list-tree.ts';
import type { ImageForm } from './pack-tree.ts';

/** @param image on the file system of the store, flushed */
export function placeImage(store: string, form: ImageForm, image: string): Layer {
  const layer = { ...makeFileHasher()(image), form };
  const target = layerTarget(store, layer);
  // Of another size it is damaged: the one that was just read takes its place.
  if (existsSync(target) && lstatSync(target).size === layer.sizeBytes) rmSync(image);
  else renameDurably(image, target);
  return layer;
}

/** @param tree on the file system of the store; it becomes the layer */
export function placeDirectory(store: string, tree: string): Layer {
  // One call for all files: a hundred thousand single ones take minutes.
  runTool(['sync', '-f', tree], { timeoutMs: 60 * 60_000 });
  const hashFile = makeFileHasher();
  const layer: Layer = { ...digestTree(tree, hashFile), form: 'dir' };
  const target = layerTarget(store, layer);
  if (existsSync(target)) {
    if (digestTree(target, hashFile).digest === layer.digest) return layer;
    renameSync(target, `${tree}-damaged`);
  }
  renameDurably(tree, target);
  return layer;
}

function layerTarget(store: string, layer: Layer): string {
  makeDirsDurably(join(store, 'layers'), 0o700);
  return join(store, layerPath(layer));
}
