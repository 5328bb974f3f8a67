/**
 * Brings the node's identity into the root that is about to be booted: tunnel key, host keys, machine id.
 *
 * Each file comes from the data partition (the copy before the last renewal, where that one is unusable), or from the
 * copy in the image; what the root's own kept layer already
 * holds is newer and stays. A node that boots without its identity cannot be reached, so one bad file does not keep
 * the others out.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { IDENTITY } from '../../core/root/store-names.ts';
import type { DataPartition } from './data-partition.ts';
import { writeFileDurably } from './durable.ts';
import { expandNames, fileStats, hasLinkOnTheWay, isSameCopy, readCopy } from './identity-files.ts';
import type { Places } from './places.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import type { Upper } from './upper.ts';

export interface IdentityRequest {
  readonly files: readonly string[];
  readonly upper: Upper;
  /** Persistent directories of this root: a file in one of them was kept too. */
  readonly bound: readonly string[];
}

/** @returns what is degraded: files that could not be brought in. Never throws. */
export function placeIdentityFiles(request: IdentityRequest, data: DataPartition, places: Places): readonly string[] {
  const kept = data.store === null ? [] : [join(data.store, IDENTITY), join(data.store, `${IDENTITY}-old`)];
  const trees = [...kept, places.imageIdentity];
  const degraded: string[] = [];
  const done = new Set<string>();
  for (const tree of trees) {
    for (const path of namesIn(tree, request.files, degraded)) {
      if (done.has(path)) continue;
      try {
        if (placeOne(tree, path, request, places)) done.add(path);
      } catch (error) {
        degraded.push(`identity file '${path}' was not brought in: ${describeError(error)}`);
      }
    }
  }
  return degraded;
}

function namesIn(tree: string, files: readonly string[], degraded: string[]): readonly string[] {
  try {
    return expandNames(files, tree);
  } catch (error) {
    degraded.push(`the identity copies in '${tree}' cannot be read: ${describeError(error)}`);
    return [];
  }
}

/** @returns false when this tree has no usable copy of it. */
function placeOne(tree: string, path: string, request: IdentityRequest, places: Places): boolean {
  const copy = hasLinkOnTheWay(tree, path) ? null : readCopy(join(tree, path));
  if (copy === null) return false;
  const target = resolveInRoot(places.newRoot, path);
  const inRoot = target.slice(places.newRoot.length);
  const there = fileStats(target);
  if (isKept(inRoot, target, request)) return true;
  if (there !== null && !there.isFile())
    throw new BootError('CONTENT', `'${inRoot}' in the root is not a regular file`);
  const current = there === null ? null : readCopy(target);
  if (current !== null && isSameCopy(current, copy)) return true;
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileDurably(target, copy.bytes, copy.rights);
  return true;
}

/** @returns whether the booted system itself has written this file into something that is kept. */
function isKept(inRoot: string, target: string, { upper, bound }: IdentityRequest): boolean {
  const inBound = bound.some((dir) => inRoot.startsWith(`${dir}/`));
  if (inBound) return readCopy(target) !== null;
  return upper.kind === 'persistent' && readCopy(join(upper.upper, inRoot)) !== null;
}
