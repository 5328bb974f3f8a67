/**
 * Reads a layer again, all of it and past the page cache, and compares it with its name.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../core/errors.ts';
import { layerPath } from '../../core/root/store-names.ts';
import type { Layer } from '../../core/store/deployment.ts';
import { errorCode } from '../root/tools.ts';
import { makeFileHasher } from './hash-file.ts';
import { digestTree } from './list-tree.ts';
import { readWhole } from './subvolume-layer.ts';

/**
 * @param store the `lifeboot/` directory on the data partition
 * @returns what is wrong, in words; null: it is what its name says. Never throws.
 */
export function verifyLayer(
  store: string,
  layer: Omit<Layer, 'sizeBytes'> & { readonly sizeBytes: number | null },
): string | null {
  const name = `layer '${layer.digest.slice(0, 12)}'`;
  try {
    if (layer.form === 'subvol') {
      const wrong = readWhole(store, layer);
      return wrong === null ? null : `${name} ${wrong}`;
    }
    const found = readLayer(join(store, layerPath(layer)), layer.form);
    if (typeof found === 'string') return `${name} ${found}`;
    if (layer.sizeBytes !== null && found.sizeBytes !== layer.sizeBytes) {
      return `${name} has ${found.sizeBytes} bytes and should have ${layer.sizeBytes}`;
    }
    return found.digest === layer.digest ? null : `${name} does not hold what was written: its digest differs`;
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? `${name} is missing` : `${name} cannot be read: ${describeError(error)}`;
  }
}

function readLayer(path: string, form: Layer['form']): { digest: string; sizeBytes: number } | string {
  const stat = lstatSync(path);
  const hashFile = makeFileHasher();
  if (form === 'dir') return stat.isDirectory() ? digestTree(path, hashFile) : 'should be a directory and is none';
  return stat.isFile() ? hashFile(path) : 'should be a file and is none';
}
