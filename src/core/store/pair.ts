/**
 * The snapshot pair: which deployment each slot has, and which one a snapshot in progress has locked
 * (`lifeboot/snapshots/pair.json`).
 *
 * Pure. Invariant: one file holds all of it, so that one rename changes both slots at once and no power cut shows one
 * without the other. A slot that is not in it has its base alone.
 */
import * as v from 'valibot';
import type { SlotName } from '../slot.ts';
import { parseStored } from './deployment.ts';

/** A snapshot that was taken and neither cancelled nor finished: RFC-0005's state 2. */
export interface Taken {
  /** The slot that ran: locked, and what the node comes back to. */
  readonly active: SlotName;
  /** The other one, which is prepared. */
  readonly inactive: SlotName;
  /** Whose stack may be changed; the other one's stays byte for byte as it is. */
  readonly writable: SlotName;
  /** What `active` had before; null: its base alone. Its upper is still there as long as this boot lasts. */
  readonly before: string | null;
  /** The boot in which it was taken: until it ends, what the system writes goes to the old upper, the session. */
  readonly bootId: string;
  /** RFC 3339 UTC; null when the clock was not trusted. */
  readonly at: string | null;
}

export interface Pair {
  /** Deployment ids. */
  readonly slots: Readonly<Record<SlotName, string>>;
  readonly taken: Taken | null;
}

export const NO_PAIR: Pair = { slots: {}, taken: null };

const nullableText = v.nullable(v.string());

const pairSchema = v.looseObject({
  format: v.literal(1),
  slots: v.record(v.string(), v.string()),
  taken: v.nullable(
    v.looseObject({
      active: v.string(),
      inactive: v.string(),
      writable: v.string(),
      before: nullableText,
      bootId: v.string(),
      at: nullableText,
    }),
  ),
});

/** @throws BootError BAD_DATA when it is damaged or of a newer format */
export function parsePair(text: string): Pair {
  const { format: _, ...pair } = parseStored(pairSchema, text, "'snapshots/pair.json'");
  return pair;
}

export function formatPair(pair: Pair): string {
  return `${JSON.stringify({ format: 1, ...pair }, null, 2)}\n`;
}
