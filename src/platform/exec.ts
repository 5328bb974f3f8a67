/**
 * Runs other programs: an argument list, a time limit, and an error that names both when it fails.
 *
 * Invariant: never through a shell, because paths and names come from images, devices and configuration.
 */
import { type StdioOptions, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { BootError, describeError } from '../core/errors.ts';

export interface RunOptions {
  /** Default 30 s. A program that is stuck is killed, and the call fails. */
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
  /** A file that is the program's input. */
  readonly inputFile?: string;
  /** What it says about its progress goes to this terminal, and is not kept. */
  readonly isShown?: boolean;
  /** `latin1` keeps every byte of the output. */
  readonly encoding?: 'utf8' | 'latin1';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default 64 MiB; a program that prints more is killed, and the call fails. */
  readonly maxOutputBytes?: number;
}

export interface Finished {
  /** The exit status; null when a signal ended it or it could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no status: not found, time limit, signal. */
  readonly trouble: string | null;
  /** It was killed at its time limit. */
  readonly timedOut: boolean;
}

/** Runs `argv` to its end and tells how that went. Never throws. */
export function tryProgram(argv: readonly string[], options: RunOptions = {}): Finished {
  const [program = '', ...args] = argv;
  const timeoutMs = options.timeoutMs ?? 30_000;
  let inputFile: number | null;
  try {
    inputFile = options.inputFile === undefined ? null : openSync(options.inputFile, 'r');
  } catch (error) {
    return { status: null, stdout: '', stderr: '', trouble: describeError(error), timedOut: false };
  }
  const stdio: StdioOptions = [inputFile ?? 'ignore', 'pipe', options.isShown === true ? 'inherit' : 'pipe'];
  const result = spawnSync(program, args, {
    encoding: options.encoding ?? 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: options.maxOutputBytes ?? 64 * 1024 * 1024,
    ...(options.input === undefined ? { stdio } : { input: options.input }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (inputFile !== null) closeSync(inputFile);
  return {
    status: result.status,
    stdout: result.stdout ?? '',
    stderr: result.stderr ?? '',
    trouble: describeTrouble(result.error, result.signal, timeoutMs),
    timedOut: result.error !== undefined && 'code' in result.error && result.error.code === 'ETIMEDOUT',
  };
}

/**
 * Runs `argv` and returns what it printed.
 * @throws BootError IO when it cannot be started, is killed, or ends with another status than 0
 */
export function runProgram(argv: readonly string[], options: RunOptions = {}): string {
  const finished = tryProgram(argv, options);
  if (finished.status === 0) return finished.stdout;
  const said = finished.stderr.trim() || finished.stdout.trim();
  const how = finished.trouble ?? `exit status ${finished.status}`;
  throw new BootError('IO', `'${argv.join(' ')}' failed (${how})${said === '' ? '' : `: ${said}`}`);
}

function describeTrouble(error: Error | undefined, signal: string | null, timeoutMs: number): string | null {
  if (error !== undefined && 'code' in error) {
    if (error.code === 'ENOENT') return 'program not found';
    if (error.code === 'ETIMEDOUT') return `no end within ${timeoutMs / 1000} s`;
    return error.message;
  }
  return signal === null ? null : `ended by ${signal}`;
}
