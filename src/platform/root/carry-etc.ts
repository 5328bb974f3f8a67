/**
 * Carries the node's changes to `/etc` from the upper of an old deployment into one that is being made.
 *
 * Invariant: it only reads the old upper, so whoever goes back has what he left. It writes into a directory that has no
 * name in the store yet: a power cut leaves no upper, and the next boot does it all again.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describeError } from '../../core/errors.ts';
import { type EtcEntry, type EtcTree, formatTree, parseTree } from '../../core/etc/etc-tree.ts';
import { describeConflict, type EtcAction, mergeEtc } from '../../core/etc/merge-etc.ts';
import { writeFileDurably } from './durable.ts';
import { isUnchanged, withLocalEtc, withoutUpper } from './etc-views.ts';
import { exists } from './kept-resets.ts';
import { listTree } from './list-tree.ts';
import type { Places } from './places.ts';
import { runTool, tryTool } from './tools.ts';

/** In the directory of an upper: the list of `/etc` as its deployment brings it. */
export const ETC_LIST = 'etc.json';

const SYNC_LIMIT_MS = 60_000;
const SHOWN = 20;

export interface CarryEtc {
  /** Directories of uppers in the store; the first that is there is the one. */
  readonly from: readonly string[];
  /** Layers of the new deployment, top first, relative to the run directory. */
  readonly lower: readonly string[];
}

/**
 * Keeps the list of `/etc` beside an upper, for the deployment that comes after this one.
 * @param place directory of the upper
 */
export function keepEtcList(place: string, lower: readonly string[], places: Places): void {
  if (existsSync(join(place, ETC_LIST))) return;
  const tree = withoutUpper(lower, places, (root) => listTree(join(root, 'etc')));
  writeFileDurably(join(place, ETC_LIST), formatTree(tree), { mode: 0o600, uid: 0, gid: 0 });
}

/**
 * @param fresh directory of the upper that is being made, with an empty `upper` in it
 * @returns what an operator should know. Never throws: without its changes a deployment still boots
 */
export function carryEtc(fresh: string, { from, lower }: CarryEtc, places: Places): readonly string[] {
  const old = from.find((place) => existsSync(place));
  if (old === undefined || !exists(join(old, 'upper/etc'))) return [];
  const name = `'${basename(old)}'`;
  try {
    if (!existsSync(join(old, ETC_LIST)))
      return [`nothing of /etc is carried over from ${name}: there is no list of what its deployment brought`];
    const base = parseTree(readFileSync(join(old, ETC_LIST), 'utf8'), `the list of /etc of ${name}`);
    const told = withoutUpper(lower, places, (root) => merge(fresh, { old, base, next: join(root, 'etc') }, places));
    flush(fresh);
    return told;
  } catch (error) {
    const left = join(fresh, 'upper/etc');
    tryTool(['rm', '-rf', '--', left]);
    return [`nothing of /etc is carried over from ${name}: ${describeError(error)}`];
  }
}

interface Sides {
  readonly old: string;
  readonly base: EtcTree;
  /** `/etc` of the new deployment. */
  readonly next: string;
}

function merge(fresh: string, { old, base, next }: Sides, places: Places): readonly string[] {
  const nextTree = listTree(next);
  return withLocalEtc(join(old, 'upper'), base, places, (etc, local) => {
    const { actions, conflicts } = mergeEtc({ base, local, next: nextTree });
    const problems = apply(actions, { etc, next, nextTree, to: join(fresh, 'upper/etc') });
    const told = [...conflicts.map(describeConflict), ...problems];
    const more = told.length > SHOWN ? [`and ${told.length - SHOWN} more changes to /etc like these`] : [];
    return [...told.slice(0, SHOWN), ...more];
  });
}

interface Copying {
  /** `/etc` as the old upper shows it. */
  readonly etc: string;
  readonly next: string;
  readonly nextTree: EtcTree;
  readonly to: string;
}

/** @returns what could not be carried */
function apply(actions: readonly EtcAction[], copying: Copying): readonly string[] {
  const { etc, next, to } = copying;
  const problems: string[] = [];
  for (const action of actions) {
    const place = join(to, action.path);
    if (action.do === 'dir') makeDirectory(place, action.entry);
    else if (action.do === 'hide') runTool(['mknod', place, 'c', '0', '0']);
    else if (action.do === 'beside') copy(join(next, action.path), join(to, action.as), action.entry);
    else {
      const source = sourceOf(join(etc, action.path), action.entry, copying);
      if (source !== null) copy(source, place, action.entry);
      else problems.push(`'/etc/${action.path}' is not carried over: its content went with the old deployment`);
    }
  }
  return problems;
}

/** A file in a directory that was renamed has its content in the base: the new one may have the same. */
function sourceOf(place: string, entry: EtcEntry, { next, nextTree }: Copying): string | null {
  if (entry.kind !== 'file' || !isUnchanged(readFileSync(place))) return place;
  const same = [...nextTree].find(([, each]) => each.kind === 'file' && each.digest === entry.digest);
  return same === undefined ? null : join(next, same[0]);
}

function makeDirectory(place: string, { mode, uid, gid }: EtcEntry): void {
  mkdirSync(place);
  chownSync(place, uid, gid);
  chmodSync(place, mode);
}

function copy(from: string, to: string, entry: EtcEntry): void {
  if (entry.kind === 'link') {
    symlinkSync(readTarget(from, entry.target), to);
    lchownSync(to, entry.uid, entry.gid);
    return;
  }
  writeFileSync(to, readFileSync(from), { mode: 0o600, flag: 'wx' });
  chownSync(to, entry.uid, entry.gid);
  // After the owner: a change of owner clears the set-id bits.
  chmodSync(to, entry.mode);
  const { atime, mtime } = lstatSync(from);
  utimesSync(to, atime, mtime);
}

function readTarget(from: string, target: string): string {
  const found = readlinkSync(from);
  return isUnchanged(found) ? target : found;
}

/** Some builds of busybox can only flush everything. */
function flush(dir: string): void {
  if (tryTool(['sync', '-f', dir], { timeoutMs: SYNC_LIMIT_MS }).status !== 0) {
    runTool(['sync'], { timeoutMs: SYNC_LIMIT_MS });
  }
}
