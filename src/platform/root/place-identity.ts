/**
 * Brings the node's identity into the root that is about to be booted: tunnel key, host keys, machine id.
 *
 * Each file comes from the data partition (the copy before the last renewal, where that one is unusable), or from the
 * copy in the image; what the root's own kept layer holds stays, unless the copy is known to be
 * newer. A node that boots without its identity cannot be reached, so one bad file does not keep
 * the others out.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { IDENTITY } from '../../core/root/store-names.ts';
import type { DataPartition } from './data-partition.ts';
import { writeFileDurably } from './durable.ts';
import { expandNames, type FileCopy, fileStats, hasLinkOnTheWay, isSameCopy, readCopy } from './identity-files.ts';
import type { Places } from './places.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { wasSaved } from './saved-versions.ts';

export interface IdentityRequest {
  readonly files: readonly string[];
  /** What the root's own kept layer holds at a path of the root; null: nothing, or it has no such layer. */
  readonly kept: (inRoot: string) => FileCopy | null;
  /** Persistent directories of this root: a file in one of them was kept too. */
  readonly bound: readonly string[];
}

/** @returns what is degraded: files that could not be brought in. Never throws. */
export function placeIdentityFiles(request: IdentityRequest, data: DataPartition, places: Places): readonly string[] {
  const { store } = data;
  const current = store === null ? [] : [join(store, IDENTITY)];
  const older = store === null ? [places.imageIdentity] : [join(store, `${IDENTITY}-old`), places.imageIdentity];
  const degraded: string[] = [];
  const done = new Set<string>();
  for (const tree of [...current, ...older]) {
    const { paths, problems } = expandNames(request.files, tree);
    degraded.push(
      ...problems.map((problem) => `identity files: ${problem}`).filter((text) => !degraded.includes(text)),
    );
    for (const path of paths) {
      if (done.has(path)) continue;
      try {
        // Against an older copy, what a root has is always the newer one.
        const known: WasSaved = (bytes) => store !== null && current.includes(tree) && wasSaved(store, path, bytes);
        if (placeOne({ tree, path, wasSaved: known }, request, places)) done.add(path);
      } catch (error) {
        degraded.push(`identity file '${path}' was not brought in: ${describeError(error)}`);
      }
    }
  }
  return degraded;
}

type WasSaved = (bytes: Uint8Array) => boolean;

interface Source {
  readonly tree: string;
  readonly path: string;
  /** Whether this version was once saved from a proven system, so that the copy is at least as new. */
  readonly wasSaved: WasSaved;
}

/** @returns false when this tree has no usable copy of it. */
function placeOne({ tree, path, wasSaved }: Source, request: IdentityRequest, places: Places): boolean {
  const copy = hasLinkOnTheWay(tree, path) ? null : readCopy(join(tree, path));
  if (copy === null) return false;
  const target = resolveInRoot(places.newRoot, path);
  const inRoot = target.slice(places.newRoot.length);
  const there = fileStats(target);
  if (isKept(inRoot, target, request, wasSaved)) return true;
  if (there !== null && !there.isFile())
    throw new BootError('CONTENT', `'${inRoot}' in the root is not a regular file`);
  const current = there === null ? null : readCopy(target);
  if (current !== null && isSameCopy(current, copy)) return true;
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileDurably(target, copy.bytes, copy.rights);
  return true;
}

/** @returns whether the root holds a version of its own that is newer than the copy: written there, and never saved. */
function isKept(inRoot: string, target: string, { kept, bound }: IdentityRequest, wasSaved: WasSaved): boolean {
  if (bound.some((dir) => inRoot.startsWith(`${dir}/`))) return readCopy(target) !== null;
  const own = kept(inRoot);
  return own !== null && !wasSaved(own.bytes);
}
