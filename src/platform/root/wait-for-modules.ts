/**
 * Waits for kernel modules that somebody else is loading at this moment.
 *
 * The drivers are loaded while lifeboot starts. Of a module that is half loaded `modprobe` says that it is there, and
 * the kernel that it is not: a slot must not pay for that with an attempt.
 */
import { existsSync, readFileSync } from 'node:fs';
import { pause } from './tools.ts';

const LIMIT_MS = 5000;
const POLL_MS = 20;
/** A module may show up only a moment after somebody has asked for it. */
const GRACE_MS = 200;

/**
 * @param isThere what is waited for
 * @param isLoading whether it may still come; false ends the wait after a moment
 */
export function waitWhileLoading(isThere: () => boolean, isLoading: () => boolean, limitMs = LIMIT_MS): boolean {
  const startedMs = performance.now();
  for (;;) {
    if (isThere()) return true;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > limitMs || (waitedMs > GRACE_MS && !isLoading())) return false;
    pause(POLL_MS);
  }
}

/** @returns whether the kernel knows the file system, at once or after its module was loaded */
export function waitForFileSystem(type: string): boolean {
  const isKnown = () =>
    readFileSync('/proc/filesystems', 'utf8')
      .split('\n')
      .some((line) => line.split('\t')[1] === type);
  return waitWhileLoading(isKnown, () => / Loading /.test(readText('/proc/modules')));
}

/** @param runDir where `/init` keeps a mark while it loads drivers */
export function waitForDevice(path: string, runDir: string): boolean {
  const isLoading = () => existsSync(`${runDir}/drivers-loading`);
  return isLoading() ? waitWhileLoading(() => existsSync(path), isLoading, 2000) : existsSync(path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A kernel without modules loads none.
    return '';
  }
}
