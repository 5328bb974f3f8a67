/** Long-running programs of a test, with their output in a log; they end with the private world. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { until } from './private-world.ts';
import { isGone } from './proc.ts';

export function start(log: string, argv: readonly string[]): ChildProcess {
  const [program = '', ...args] = argv;
  const out = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', out, out] });
  // The end of the file is the end of the world: nothing is waited for.
  child.unref();
  return child;
}

export function signal(child: ChildProcess | null, name: NodeJS.Signals): void {
  if (child?.pid !== undefined) process.kill(child.pid, name);
}

/** Sends the signal and waits until the program is gone. */
export function end(child: ChildProcess | null, name: NodeJS.Signals = 'SIGTERM'): void {
  if (child?.pid === undefined) return;
  const { pid } = child;
  signal(child, name);
  until(`process ${pid} ends`, () => isGone(pid));
}
