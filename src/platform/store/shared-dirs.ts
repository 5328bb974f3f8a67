/**
 * Persistent directories in a staged root. The command sees what is in them and changes a copy, so that a command that
 * fails leaves nothing behind; what it made there is added in the end, because the booted system will look for it.
 *
 * Invariant: nothing that was there is touched: the running system is using it. Every addition appears by rename.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_DIRS, persistName } from '../../core/root/store-names.ts';
import { isPassing } from '../../core/store/staged-changes.ts';
import { makeDir } from '../root/durable.ts';
import { bindMount, mount } from '../root/mounting.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { runTool } from '../root/tools.ts';

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
  const own = putAside(root, aside);
  const shared = [...paths].sort().flatMap((path): readonly SharedDir[] => {
    const source = join(store, 'persist', persistName(path));
    // The boot that makes it begins with what the root has there.
    if (!existsSync(source)) return [];
    const [upper, work] = ['upper', 'work'].map((name) => join(changes, `${persistName(path)}-${name}`)) as [
      string,
      string,
    ];
    makeDir(upper, 0o755);
    makeDir(work, 0o700);
    const target = resolveInRoot(root, path);
    mkdirSync(target, { recursive: true });
    const options = `lowerdir=${source},upperdir=${upper},workdir=${work},redirect_dir=off,metacopy=off,index=off`;
    mount({ type: 'overlay', source: 'lifeboot-shared', target, options });
    return [{ path, source, upper }];
  });
  for (const { target, from } of own) {
    mkdirSync(target, { recursive: true });
    bindMount(from, target);
  }
  return shared;
}

/** The package database is the deployment's own, below a persistent directory too: as the boot has it. */
function putAside(root: string, place: string): readonly { readonly target: string; readonly from: string }[] {
  return PACKAGE_DIRS.flatMap((path) => {
    const target = resolveInRoot(root, path);
    if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const from = join(place, persistName(path));
    mkdirSync(from, { recursive: true });
    bindMount(target, from);
    return [{ target, from }];
  });
}

/** @returns in words what was changed or deleted in them, and stays as it was */
export function addToShared(shared: readonly SharedDir[], store: string): readonly string[] {
  const left: string[] = [];
  for (const { path, source, upper } of shared) {
    const temporary = join(store, 'tmp', `shared-${persistName(path)}`);
    addBelow({ from: upper, to: source, path, temporary }, left);
    rmSync(temporary, { recursive: true, force: true });
  }
  if (shared.length > 0) runTool(['sync', '-f', join(store, 'persist')]);
  return left;
}

interface Addition {
  readonly from: string;
  readonly to: string;
  /** As seen in the root. */
  readonly path: string;
  readonly temporary: string;
}

function addBelow({ from, to, path, temporary }: Addition, left: string[]): void {
  for (const name of readdirSync(from)) {
    const each = { from: join(from, name), to: join(to, name), path: join(path, name), temporary };
    if (PACKAGE_DIRS.includes(each.path)) continue;
    const [made, there] = [lstatSync(each.from), lstatSync(each.to, { throwIfNoEntry: false })];
    if (there === undefined) {
      if (isWhiteout(made)) continue;
      copyAside(each.from, temporary);
      renameSync(temporary, each.to);
    } else if (made.isDirectory() && there.isDirectory()) addBelow(each, left);
    else if (!isPassing(each.path.slice(1)))
      left.push(`'${each.path}' was ${isWhiteout(made) ? 'deleted' : 'changed'}`);
  }
}

function copyAside(from: string, temporary: string): void {
  rmSync(temporary, { recursive: true, force: true });
  runTool(['cp', '-a', '--', from, temporary], { timeoutMs: COPY_LIMIT_MS });
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}
