/**
 * What became of a fault, kept in build/faults/NAME/result.json with what it was made from.
 *
 * Effects on build/faults only. Invariant: a result is only taken for a fault that reads exactly as it did then, and is
 * said to be older when it was made with another lifeboot.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { buildDir, keyOf } from '../vm/support/places.ts';
import type { Control, Fault } from './fault.ts';

const run = v.object({
  /** As expected. */
  ok: v.boolean(),
  /** Where the node ended, in words. */
  ended: v.string(),
  boots: v.number(),
  seconds: v.number(),
  /** What was said about it. */
  said: v.array(v.string()),
});
/** `without` is null for a control, and when the run with the answer had failed already. */
const schema = v.object({
  faultKey: v.string(),
  nodeKey: v.string(),
  at: v.string(),
  with: run,
  without: v.nullable(run),
});
export type Run = v.InferOutput<typeof run>;
export type Result = v.InferOutput<typeof schema>;

export const faultsDir: string = join(buildDir, 'faults');

/** A key over all of a fault: its texts, its patterns, its scripts. */
export function faultKey(fault: Fault | Control): string {
  return keyOf(JSON.stringify(fault, (_, value) => (value instanceof RegExp ? String(value) : value)));
}

/** @returns null when it was not run as it reads now */
export function readResult(fault: Fault | Control): Result | null {
  const file = join(faultsDir, fault.name, 'result.json');
  if (!existsSync(file)) return null;
  const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success && parsed.output.faultKey === faultKey(fault) ? parsed.output : null;
}

export function writeResult(fault: Fault | Control, result: Result): void {
  const dir = join(faultsDir, fault.name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'new.json'), `${JSON.stringify(result, null, 2)}\n`);
  renameSync(join(dir, 'new.json'), join(dir, 'result.json'));
}
