/**
 * Runs one program of the host by argument list and waits for it.
 *
 * Effects only. Invariant: a program that fails is an exception that quotes the program, its arguments
 * and what it said, because a guest test that goes on with half an image fails somewhere else entirely.
 */
import { spawnSync } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Default: ten minutes. */
  readonly timeoutMs?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly accept?: readonly number[];
  /** Show what the program prints while it runs, instead of returning it. */
  readonly show?: boolean;
}

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `command` and returns its exit code and output; any exit code not in `accept` raises an Error. */
export function runTool(command: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const result = spawnSync(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: options.timeoutMs ?? 600_000,
    killSignal: 'SIGKILL',
    input: options.input ?? '',
    stdio: ['pipe', options.show === true ? 'inherit' : 'pipe', options.show === true ? 'inherit' : 'pipe'],
  });
  const shown = `${command} ${args.join(' ')}`;
  if (result.error !== undefined) throw new Error(`cannot run '${shown}'`, { cause: result.error });
  const status = result.status ?? 128;
  if (!(options.accept ?? [0]).includes(status)) {
    const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
    throw new Error(`'${shown}' ended with ${result.signal ?? status}: ${said}`);
  }
  return { status, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}
