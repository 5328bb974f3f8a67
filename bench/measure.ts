/**
 * Interleaved measuring: all programs take turns, so that a busy moment of the machine hits each of them, and medians
 * are compared within one run only.
 */
import { spawnSync } from 'node:child_process';

export interface Sample {
  readonly durationMs: number;
  readonly peakMemoryKib: number;
}

/** The middle value; of an even count the upper one. Throws on an empty list. */
export function medianOf(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new Error('the median of no values');
  return middle;
}

/** Runs a program once. Its time is taken here; GNU time tells its peak memory in a second run. */
export function sampleProgram(command: readonly string[]): Sample {
  const startedNs = process.hrtime.bigint();
  runOnce(command);
  const durationMs = Number(process.hrtime.bigint() - startedNs) / 1e6;
  const { stderr } = runOnce(['/usr/bin/time', '-f', 'peak=%M', ...command]);
  const peak = /^peak=(\d+)$/m.exec(stderr)?.[1];
  if (peak === undefined) throw new Error(`no peak memory of '${command[0]}' in: ${stderr}`);
  return { durationMs, peakMemoryKib: Number(peak) };
}

function runOnce([program = '', ...args]: readonly string[]): { readonly stderr: string } {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`'${program} ${args.join(' ')}' ended with ${status}: ${stderr}`);
  return { stderr };
}

/** Calls each of `makers` in turn, `rounds` times, and returns the samples of each; one round before is not counted. */
export function interleave<T>(rounds: number, makers: readonly (() => T)[]): T[][] {
  const samples: T[][] = makers.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    makers.forEach((make, index) => {
      const sample = make();
      if (round >= 0) samples[index]?.push(sample);
    });
  }
  return samples;
}
