/**
 * Settings that the kernel's command line and bootconfig may change, laid over the configuration file.
 *
 * Pure. Invariant: only what is listed here can be set from there. Whoever can edit a boot entry must not be able to
 * weaken host key pinning or to name a program that runs.
 */
import * as v from 'valibot';
import type { Setting } from '../kernel-cmdline.ts';
import { configSchema } from './schema.ts';

type Table = Record<string, unknown>;

const ALLOWED =
  /^(attempts\.(trial|good)|confirm\.(deadline|hold|busy)|upper\.kind|watchdog\.(device|timeout|heartbeat)|log)$/;

export interface Overridden {
  readonly table: Table;
  readonly slot: string | null;
  readonly notes: readonly string[];
}

export function applyOverrides(table: Table, settings: readonly Setting[]): Overridden {
  const result = structuredClone(table);
  const notes: string[] = [];
  let slot: string | null = null;
  for (const { key, value, origin } of settings) {
    const says = origin === undefined ? "the kernel's settings say" : `${origin} says`;
    // The state has its own words for a choice: order and one-shot.
    if (key === 'slot' && origin === undefined) {
      slot = value;
    } else if (ALLOWED.test(key)) {
      const expected = whatIsWrong(key, value);
      if (expected === null) put(result, key.split('.'), typed(value));
      const end = expected === null ? '' : `; expected ${expected}, ignoring it`;
      notes.push(`${says} ${key} = '${value}'${end}`);
    } else {
      notes.push(`${origin ?? "the kernel's settings"} may not set '${key}', ignoring it`);
    }
  }
  return { table: result, slot, notes };
}

/**
 * Whether `key` may be set from outside of the file, and what is wrong with `value`.
 * @returns null: it may be set to that
 */
export function whyNotSettable(key: string, value: string): string | null {
  return ALLOWED.test(key) ? whatIsWrong(key, value) : 'a key that may be set here';
}

/** A bad setting must not take the place of the file's good one, so each is tried alone. @returns what was expected */
function whatIsWrong(key: string, value: string): string | null {
  const alone: Table = { slots: { a: { root: '/dev/null' } } };
  put(alone, key.split('.'), typed(value));
  const result = v.safeParse(configSchema, alone);
  return result.success ? null : result.issues[0].message;
}

function typed(value: string): string | number {
  return /^\d+$/.test(value) ? Number(value) : value;
}

function put(table: Table, keys: readonly string[], value: unknown): void {
  const [key = '', ...deeper] = keys;
  if (deeper.length === 0) {
    table[key] = value;
    return;
  }
  const inner = table[key];
  const next: Table = typeof inner === 'object' && inner !== null ? (inner as Table) : {};
  table[key] = next;
  put(next, deeper, value);
}
