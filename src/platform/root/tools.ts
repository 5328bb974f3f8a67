/**
 * The programs of the root stage: found on a fixed path, speaking English, with busybox behind the common ones.
 *
 * Invariant: nothing here goes through a shell, and every call has an end.
 */
import { BootError } from '../../core/errors.ts';
import { type Finished, type RunOptions, tryProgram } from '../exec.ts';

/** Messages are told apart by their text, so they must not be translated. */
const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Runs a program; where an initramfs has it only as a busybox applet, that. Never throws. */
export function tryTool(argv: readonly string[], options: Omit<RunOptions, 'env'> = {}): Finished {
  const finished = tryProgram(argv, { ...options, env: ENV });
  return finished.trouble === 'program not found'
    ? tryProgram(['busybox', ...argv], { ...options, env: ENV })
    : finished;
}

/** @throws BootError IO when it does not end with 0 */
export function runTool(argv: readonly string[], options: Omit<RunOptions, 'env'> = {}): string {
  const finished = tryTool(argv, options);
  if (finished.status === 0) return finished.stdout;
  throw new BootError('IO', `'${argv.join(' ')}' failed: ${whyFailed(finished)}`);
}

/** What a program that failed said, on one line. */
export function whyFailed(finished: Finished): string {
  const said = finished.stderr.trim() || finished.stdout.trim();
  const lines = said.split('\n').filter((line) => !line.includes('dmesg(1) may have more information'));
  return lines.join('; ').replace(/\s+/g, ' ') || (finished.trouble ?? `exit status ${finished.status}`);
}

/** Waits without doing anything. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** @returns the `code` of a file system error such as `ENOENT`, or null. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
