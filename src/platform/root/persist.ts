/**
 * Persistent directories: real directories of the data partition, bound over the root, so that containers and
 * databases work there and what they hold outlives upgrades.
 *
 * Invariant: a persistent directory gets its name only when it is complete. It begins as a copy of what the root has
 * there; a copy cut off by a power cut stays below `tmp/` and is removed at the next boot.
 *
 * What a package manager knows of the system belongs to the deployment and never to what slots share: with layers, its
 * database is the deployment's own, also below a persistent `/var`.
 */
import { existsSync, lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { cleanPath, persistName } from '../../core/root/store-names.ts';
import type { DataPartition } from './data-partition.ts';
import { renameDurably } from './durable.ts';
import { bindMount, unmountBelow } from './mounting.ts';
import type { Places } from './places.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode, runTool, tryTool } from './tools.ts';

/** All copies together: the caller of `lifeboot boot` takes another way after three minutes. */
const COPY_LIMIT_MS = 100_000;

export interface PersistResult {
  /** Where something was bound, as seen in the root. */
  readonly bound: readonly string[];
  readonly degraded: readonly string[];
}

/**
 * Binds each path, parents before children. Never throws.
 * @param own directories that belong to the deployment even where they lie in a persistent one
 */
export function bindPersistentDirs(
  paths: readonly string[],
  data: DataPartition,
  places: Places,
  own: readonly string[] = [],
): PersistResult {
  const bound: string[] = [];
  const degraded: string[] = [];
  const endMs = performance.now() + COPY_LIMIT_MS;
  const aside = own.flatMap((path) => putAside(path, places, degraded));
  for (const path of [...paths].sort()) {
    try {
      bound.push(bindOne(cleanPath(path), data, places, endMs));
    } catch (error) {
      degraded.push(`'${path}' is not persistent in this boot: ${describeError(error)}`);
    }
  }
  for (const each of aside) bringBack(each, places, degraded);
  return { bound, degraded };
}

interface Aside {
  readonly path: string;
  /** Where the deployment's own directory can be seen while another one lies over it. */
  readonly from: string;
}

function putAside(path: string, places: Places, degraded: string[]): readonly Aside[] {
  try {
    const target = resolveInRoot(places.newRoot, path);
    if (!existsSync(target) || !isDirectory(target)) return [];
    const from = join(places.runDir, 'own', persistName(path));
    mkdirSync(from, { recursive: true });
    bindMount(target, from);
    return [{ path, from }];
  } catch (error) {
    degraded.push(notOwn(path, error));
    return [];
  }
}

/** Only where something else lies over it now. Where that is may have changed: what was bound has links of its own. */
function bringBack({ path, from }: Aside, places: Places, degraded: string[]): void {
  try {
    const target = resolveInRoot(places.newRoot, path);
    if (isSame(target, from)) return;
    mkdirSync(target, { recursive: true });
    bindMount(from, target);
  } catch (error) {
    degraded.push(notOwn(path, error));
  } finally {
    unmountBelow([from]);
  }
}

function isSame(left: string, right: string): boolean {
  const [one, two] = [left, right].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && two !== undefined && one.ino === two.ino && one.dev === two.dev;
}

function notOwn(path: string, error: unknown): string {
  return `'${path}' is not the deployment's own in this boot: ${describeError(error)}`;
}

function bindOne(path: string, data: DataPartition, places: Places, endMs: number): string {
  // A read-only /var keeps more from starting than one that is forgotten at the next boot.
  if (data.store === null || data.readOnly) throw new BootError('ABSENT', data.trouble ?? 'there is no data partition');
  const target = resolveInRoot(places.newRoot, path);
  makeMountPoint(target);
  const source = join(data.store, 'persist', persistName(path));
  if (!isDirectory(source)) {
    if (data.trouble !== null) throw new BootError('IO', data.trouble);
    seed(target, source, { temporary: join(data.store, 'tmp', `persist-${persistName(path)}`), endMs });
  }
  bindMount(source, target);
  return target.slice(places.newRoot.length);
}

/** 1 copy, 2 everything on disk, 3 the name. */
function seed(
  from: string,
  to: string,
  { temporary, endMs }: { readonly temporary: string; readonly endMs: number },
): void {
  const timeoutMs = Math.max(1000, Math.round(endMs - performance.now()));
  try {
    runTool(['cp', '-a', '--', from, temporary], { timeoutMs });
    // Some builds of busybox can only flush everything.
    if (tryTool(['sync', '-f', temporary], { timeoutMs }).status !== 0) runTool(['sync'], { timeoutMs });
    renameDurably(temporary, to);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

function makeMountPoint(target: string): void {
  if (isDirectory(target)) return;
  mkdirSync(target, { recursive: true, mode: 0o755 });
}

function isDirectory(path: string): boolean {
  try {
    if (lstatSync(path).isDirectory()) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  throw new BootError('CONTENT', `'${path}' is not a directory`);
}
