/**
 * `[snapshots]`: which kept snapshots `lifeboot cleanup` deletes, and which package managers keep some by themselves.
 *
 * Pure. By default a node keeps the ten newest of rule `number`, and nothing keeps snapshots by itself.
 */
import * as v from 'valibot';
import type { SnapshotsConfig } from './config.ts';
import { flag, text, toSeconds, wholeNumber } from './values.ts';

const limit = (byDefault: number) => v.optional(wholeNumber(0, 10_000), byDefault);

const AGE = "0 (however old), or a duration such as '90d'";
const age = v.pipe(
  v.union([v.string(), v.number()], AGE),
  v.check((value) => value === 0 || toSeconds(value) > 0, AGE),
  v.transform(toSeconds),
);

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const size = v.pipe(
  text,
  v.regex(/^\d{1,9}[kmgKMG]?$/, "a size such as '512M', or '0'"),
  v.transform((value) => Number.parseInt(value, 10) * (UNITS[value.slice(-1).toLowerCase()] ?? 1)),
);

export const snapshots = v.strictObject({
  number: limit(10),
  hourly: limit(0),
  daily: limit(0),
  weekly: limit(0),
  monthly: limit(0),
  yearly: limit(0),
  age: v.optional(age, 0),
  free: v.optional(size, '0'),
  apt: v.optional(flag, false),
  dnf: v.optional(flag, false),
  zypper: v.optional(flag, false),
});

export function shapeSnapshots(raw: v.InferOutput<typeof snapshots>): SnapshotsConfig {
  const { number, age: ageSeconds, free: freeBytes, apt, dnf, zypper, ...timeline } = raw;
  return { number, timeline, ageSeconds, freeBytes, hooks: { apt, dnf, zypper } };
}
