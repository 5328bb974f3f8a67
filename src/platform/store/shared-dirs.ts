/**
 * Persistent directories in a staged root. The command sees what is in them and changes a copy, so that a command that
 * fails leaves nothing behind; what it made there is added in the end, because the booted system will look for it.
 *
 * Invariant: nothing that was there is touched: the running system is using it. Every addition appears by rename. Names
 * are byte strings: they need not be text.
 */
import { existsSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_DIRS, persistName } from '../../core/root/store-names.ts';
import { isPassing } from '../../core/store/staged-changes.ts';
import { makeDir } from '../root/durable.ts';
import { bindMount, mount } from '../root/mounting.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { runTool } from '../root/tools.ts';
import { fromBytePath, readNames, shownPath, toBytePath, unlessGone } from './byte-path.ts';

const COPY_LIMIT_MS = 600_000;

export interface SharedDir {
  /** As configured, such as `/var`. */
  readonly path: string;
  /** On the data partition. */
  readonly source: string;
  /** What the command has changed in it. */
  readonly upper: string;
}

export interface SharedPlaces {
  readonly store: string;
  /** In the store: for what is changed. */
  readonly changes: string;
  /** Outside of it: for mounts. */
  readonly aside: string;
}

/** Mounts a copy of each persistent directory over the staged root, parents before children. */
export function mountShared(
  root: string,
  paths: readonly string[],
  { store, changes, aside }: SharedPlaces,
): readonly SharedDir[] {
  const own = putAside(root, join(aside, 'own'));
  const shared = [...paths].sort().flatMap((path, index): readonly SharedDir[] => {
    const source = join(store, 'persist', persistName(path));
    // The boot that makes it begins with what the root has there.
    if (!existsSync(source)) return [];
    // A name such as `my\x2dapp` means something in overlay's options, so it has a plain one there.
    const lower = join(aside, `shared-${index}`);
    const [upper, work] = [join(changes, `${index}/upper`), join(changes, `${index}/work`)];
    mkdirSync(lower, { recursive: true });
    bindMount(source, lower);
    makeDir(upper, 0o755);
    makeDir(work, 0o700);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},redirect_dir=off,metacopy=off,index=off`;
    mount({ type: 'overlay', source: 'lifeboot-shared', target: dirIn(root, path), options });
    return [{ path, source, upper }];
  });
  // Only now is it known where they are: a persistent directory may have links of its own.
  for (const { path, from } of own) bindMount(from, dirIn(root, path));
  return shared;
}

/** A directory of the root, made where it is missing; links lead to nothing outside of it. */
function dirIn(root: string, path: string): string {
  const place = resolveInRoot(root, path);
  mkdirSync(place, { recursive: true });
  return place;
}

/** The package database is the deployment's own, below a persistent directory too: as the boot has it. */
function putAside(root: string, place: string): readonly { readonly path: string; readonly from: string }[] {
  return PACKAGE_DIRS.flatMap((path) => {
    const target = resolveInRoot(root, path);
    if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const from = join(place, persistName(path));
    mkdirSync(from, { recursive: true });
    bindMount(target, from);
    return [{ path, from }];
  });
}

/** @returns in words what was changed or deleted in them, and stays as it was */
export function addToShared(shared: readonly SharedDir[], store: string): readonly string[] {
  const left: string[] = [];
  for (const [index, { path, source, upper }] of shared.entries()) {
    const temporary = join(store, 'tmp', `shared-${index}`);
    addBelow({ from: toBytePath(upper), to: toBytePath(source), path, temporary }, left);
  }
  if (shared.length > 0) runTool(['sync', '-f', join(store, 'persist')]);
  return left;
}

/** Byte strings, except `temporary`, which is text. */
interface Addition {
  readonly from: string;
  readonly to: string;
  /** As seen in the root. */
  readonly path: string;
  readonly temporary: string;
}

function addBelow({ from, to, path, temporary }: Addition, left: string[]): void {
  for (const { name } of readNames(from)) {
    const each = { from: `${from}/${name}`, to: `${to}/${name}`, path: `${path}/${name}`, temporary };
    if (PACKAGE_DIRS.includes(each.path)) continue;
    const isWorthless = isPassing(each.path.slice(1));
    const made = lstatSync(fromBytePath(each.from));
    const there = unlessGone(() => lstatSync(fromBytePath(each.to)));
    if (there === null) {
      if (!isWhiteout(made) && !isWorthless && !add(each)) left.push(`'${shownPath(each.path)}' was made`);
    } else if (made.isDirectory() && there.isDirectory()) addBelow(each, left);
    else if (!isWorthless) left.push(`'${shownPath(each.path)}' was ${isWhiteout(made) ? 'deleted' : 'changed'}`);
  }
}

/** What the running system made meanwhile stays. @returns false for a name that is no text: no program can be told it */
function add({ from, to, temporary }: Addition): boolean {
  const [source, target] = [shownPath(from), shownPath(to)];
  if (toBytePath(source) !== from) return false;
  for (const argv of [
    ['rm', '-rf', '--', temporary],
    ['cp', '-a', '--', source, temporary],
    ['mv', '-n', '-T', '--', temporary, target],
  ]) {
    runTool(argv, { timeoutMs: COPY_LIMIT_MS });
  }
  return true;
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}
