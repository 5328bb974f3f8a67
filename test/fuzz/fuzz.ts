/**
 * Feeds mutated inputs to the parsers, and stops at the first that one of them does not answer as it promises.
 *
 * An input is named by seed, target and number, and made again from these three alone.
 */
import { seeded } from '../crash/disk/cuts.ts';
import { mutate } from './mutate-input.ts';

export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Words of the format. */
  readonly words: readonly string[];
  /** Throws when the parser breaks a promise; returns whether the input was taken for valid. */
  readonly ask: (input: Buffer) => boolean;
  /** How many inputs it gets for each one of the others. */
  readonly share?: number;
}

/** No input is longer than 40 KB; what takes longer than this on a busy machine would hang on a longer one. */
const SLOW_MS = 2_000;

export class Broken extends Error {
  override readonly name = 'Broken';
}

export function inputOf(target: Target, seed: number, number: number): Buffer {
  const random = seeded(seed * 2_654_435 + number * 40_503 + target.name.length * 97);
  // The first few draws of seeds that lie close together are alike.
  for (let skipped = 0; skipped < 3; skipped += 1) random();
  const choose = (): Buffer => Buffer.from(target.seeds[Math.floor(random() * target.seeds.length)] ?? []);
  return mutate(choose(), { random, words: target.words, other: choose() });
}

export function askOnce(target: Target, seed: number, number: number): boolean {
  const input = inputOf(target, seed, number);
  const fromMs = performance.now();
  try {
    const isTaken = target.ask(input);
    const tookMs = performance.now() - fromMs;
    // The machine may have had other things to do: what counts is the processor's time of a second asking.
    if (tookMs > SLOW_MS) requireQuick(target, input);
    return isTaken;
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const again = `make fuzz SEED=${seed} TARGET='${target.name}' INPUT=${number}`;
    const text = input.toString('base64').slice(0, 2000);
    throw new Broken(`${target.name}: ${why}\n  again: ${again}\n  input (${input.length} bytes, base64): ${text}`);
  }
}

function requireQuick(target: Target, input: Buffer): void {
  const before = process.cpuUsage();
  target.ask(input);
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  if (tookMs > SLOW_MS) throw new Broken(`it took ${Math.round(tookMs)} ms`);
}

export interface Fuzzed {
  readonly name: string;
  readonly asked: number;
  readonly taken: number;
}

/** @param total inputs for all targets together */
export function fuzzAll(targets: readonly Target[], seed: number, total: number, say: (done: Fuzzed) => void): number {
  const shares = targets.reduce((sum, { share = 1 }) => sum + share, 0);
  let asked = 0;
  for (const target of targets) {
    const count = Math.ceil((total * (target.share ?? 1)) / shares);
    let taken = 0;
    for (let number = 0; number < count; number += 1) if (askOnce(target, seed, number)) taken += 1;
    asked += count;
    say({ name: target.name, asked: count, taken });
  }
  return asked;
}
