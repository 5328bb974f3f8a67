/**
 * Where the guests' parts lie: everything below build/ of this clone, which may be deleted at any time.
 *
 * Invariant: a finished thing appears in the cache by rename, so a build that was cut off leaves no half image
 * that a later run would take for a whole one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repoDir: string = resolve(import.meta.dirname, '../../..');
export const buildDir: string = join(repoDir, 'build');
/** Images and trees that are kept between runs. */
export const cacheDir: string = join(buildDir, 'vm/cache');
/** One directory a run: overlays, logs, sockets. */
export const runsDir: string = join(buildDir, 'vm/run');

/** A fresh directory for one run, named after it. */
export function newRunDir(name: string): string {
  mkdirSync(runsDir, { recursive: true });
  return mkdtempSync(join(runsDir, `${name}-`));
}

/** A short key over texts; the same texts give the same key. */
export function keyOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/** The contents of files as one text for {@link keyOf}. */
export function textsOf(...paths: readonly string[]): string {
  return paths.map((path) => readFileSync(path, 'latin1')).join('\0');
}

/** The texts of files and of all files below directories, each after its name; for {@link keyOf}. */
export function sourcesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const full = join(repoDir, path);
    if (!existsSync(full)) return [];
    if (!statSync(full).isDirectory()) return [path, readFileSync(full, 'latin1')];
    const names = readdirSync(full).sort();
    return sourcesOf(names.map((name) => join(path, name)));
  });
}

/**
 * Returns the cached `kind`-`key` (file or directory). `make` is called once, with a path it must create; the
 * older ones of that kind are then removed.
 */
export function cached(kind: string, key: string, make: (target: string) => void): string {
  const target = join(cacheDir, `${kind}-${key}`);
  if (existsSync(target)) return target;
  mkdirSync(cacheDir, { recursive: true });
  const unfinished = join(cacheDir, `.${kind}-${key}.${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  try {
    make(unfinished);
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  for (const name of readdirSync(cacheDir)) {
    const older = name.startsWith(`${kind}-`) && /^[0-9a-f]{16}$/.test(name.slice(kind.length + 1));
    if (older && name !== `${kind}-${key}`) rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
  return target;
}
