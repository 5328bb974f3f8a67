/**
 * A world of its own for a test file: private mounts, network and processes, all gone when the file ends.
 *
 * The file runs itself again under `unshare`; what it starts dies with it, and neither the machine's sshd, its
 * accounts nor its /run are touched.
 */
import { spawnSync } from 'node:child_process';

const MARK = 'LIFEBOOT_TEST_PRIVATE_WORLD';

/** To be called first in a test file: returns only inside the private world. */
export function enterPrivateWorld(file: string): void {
  if (process.env[MARK] === 'yes') return;
  const argv = ['-mnpf', '--mount-proc', '--propagation', 'private', '--kill-child', process.execPath, file];
  const { status, error } = spawnSync('unshare', argv, { stdio: 'inherit', env: { ...process.env, [MARK]: 'yes' } });
  if (error !== undefined) console.error(`cannot run 'unshare': ${error.message}`);
  process.exit(status ?? 1);
}

/** Runs a program that must succeed and returns what it printed. */
export function must(...argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (done.status === 0) return done.stdout;
  throw new Error(`'${argv.join(' ')}' failed: ${done.stderr ?? ''}${done.error?.message ?? ''}`);
}

export function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Waits until `look` gives something, at most `limitMs`. */
export function until<T>(what: string, look: () => T | null | undefined | false, limitMs = 10_000): T {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const seen = look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    sleepMs(50);
  }
}
