/**
 * The writable layer of a root: kept on the data partition, or in memory.
 *
 * Invariant: it fails safe. Whatever is wrong with a kept upper, the answer is one in memory and a text that says so;
 * never a writable base. An upper is used only with the deployment it was made on, because files that it shadows
 * belong to that base's versions.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, utimesSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { UpperRequest } from '../../app/ports.ts';
import { describeError } from '../../core/errors.ts';
import { retiredUppers, upperName } from '../../core/root/store-names.ts';
import { carryEtc, keepEtcList } from './carry-etc.ts';
import type { DataPartition } from './data-partition.ts';
import { makeDir, renameDurably, syncPath } from './durable.ts';
import { mount } from './mounting.ts';
import type { Places } from './places.ts';
import { errorCode } from './tools.ts';
import { upperInUse } from './upper-in-use.ts';

/** Of the memory. */
const DEFAULT_SIZE = '25%';

export interface Upper {
  /** `none`: in memory until the root is complete, read-only from then on. */
  readonly kind: 'persistent' | 'tmpfs' | 'none';
  /** Directories, absolute. */
  readonly upper: string;
  readonly work: string;
}

export interface UpperResult {
  readonly upper: Upper;
  readonly degraded: readonly string[];
}

/**
 * Makes the upper ready that is asked for, or one in memory instead.
 * @param lower layers of the deployment, top first, relative to the run directory
 * @throws BootError IO only when not even memory can be mounted
 */
export function prepareUpper(
  request: UpperRequest & { readonly upperId: string },
  data: DataPartition,
  places: Places,
  lower: readonly string[] = [],
): UpperResult {
  if (request.kind !== 'persistent') {
    return { upper: memoryUpper(request.kind, request.size, places), degraded: [] };
  }
  const trouble = data.trouble;
  if (data.store !== null && trouble === null) {
    try {
      return keptUpper(request, data.store, { places, lower });
    } catch (error) {
      return inMemoryInstead(describeError(error), request.size, places);
    }
  }
  return inMemoryInstead(trouble ?? 'there is no data partition', request.size, places);
}

/** A size that the kernel does not understand must not keep every slot of the node from booting. */
export function mountMemory(target: string, size: string): void {
  const request = { type: 'tmpfs', source: 'lifeboot-upper', target };
  try {
    mount({ ...request, options: `mode=0755,size=${size}` });
  } catch {
    // If this fails too, its error tells why.
    mount({ ...request, options: `mode=0755,size=${DEFAULT_SIZE}` });
  }
}

/** An upper in memory where a kept one was asked for. */
export function inMemoryInstead(why: string, size: string, places: Places): UpperResult {
  return {
    upper: memoryUpper('tmpfs', size, places),
    degraded: [`changes are kept in memory only and lost at the next boot: ${why}`],
  };
}

function memoryUpper(kind: 'tmpfs' | 'none', size: string, places: Places): Upper {
  mkdirSync(places.memory, { recursive: true });
  // Mount points and identity files are all that is put into the memory of a read-only root.
  const limit = kind === 'none' ? '16m' : size;
  mountMemory(places.memory, limit);
  const upper = { kind, upper: join(places.memory, 'upper'), work: join(places.memory, 'work') };
  makeDir(upper.upper, 0o755);
  makeDir(upper.work, 0o700);
  return upper;
}

interface Below {
  readonly places: Places;
  readonly lower: readonly string[];
}

function keptUpper(
  { upperId, carry }: UpperRequest & { readonly upperId: string },
  store: string,
  below: Below,
): UpperResult {
  const place = join(store, 'upper', upperName(upperId));
  const upper = join(place, 'upper');
  const work = join(place, 'work');
  const degraded: string[] = [];
  if (!isDirectory(place)) {
    // 1 both directories, 2 on disk, 3 the name: half an upper never has its name.
    const fresh = join(store, 'tmp', `upper-${upperName(upperId)}`);
    makeDir(join(fresh, 'upper'), 0o755);
    makeDir(join(fresh, 'work'), 0o700);
    if (carry !== undefined) degraded.push(...carryInto(fresh, carry, store, below));
    for (const dir of [join(fresh, 'upper'), join(fresh, 'work'), fresh]) syncPath(dir);
    renameDurably(fresh, place);
    retireOlder(upperName(upperId), store);
  }
  if (!isDirectory(upper)) throw new Error(`the upper '${relative(store, upper)}' is missing`);
  // Nothing in the work directory is worth keeping; the upper's own mode becomes that of `/`.
  if (!isDirectory(work)) makeDir(work, 0o700);
  chmodSync(upper, 0o755);
  // The one that was used last is kept longest.
  const now = new Date();
  utimesSync(place, now, now);
  if (carry !== undefined) degraded.push(...listEtc(place, below));
  return { upper: { kind: 'persistent', upper, work }, degraded };
}

function carryInto(
  fresh: string,
  carry: readonly string[],
  store: string,
  { places, lower }: Below,
): readonly string[] {
  const from = carry.map((name) => join(store, 'upper', upperInUse(name, store)));
  return carryEtc(fresh, { from, lower }, places);
}

/** Without it the deployment boots all the same, and the one after it begins with nothing of its /etc. */
function listEtc(place: string, { places, lower }: Below): readonly string[] {
  try {
    keepEtcList(place, lower, places);
    return [];
  } catch (error) {
    return [`/etc cannot be carried over into the next deployment: ${describeError(error)}`];
  }
}

/** Moves what a slot will not use again to where it is deleted, a bit at each boot: the data partition must not fill up. */
function retireOlder(current: string, store: string): void {
  const usedAt = (name: string): number => lstatSync(join(store, 'upper', name)).mtimeMs;
  const names = readdirSync(join(store, 'upper'));
  const lastUsedFirst = [...names].sort((a, b) => usedAt(b) - usedAt(a));
  for (const name of retiredUppers(lastUsedFirst, current)) {
    renameSync(join(store, 'upper', name), join(store, 'tmp', `retired-${name}`));
  }
}

function isDirectory(path: string): boolean {
  try {
    if (lstatSync(path).isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  throw new Error(`'${path}' is not a directory`);
}
