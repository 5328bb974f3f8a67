/**
 * The snapshot pair: which deployment each slot has, and which one a snapshot in progress has locked
 * (`lifeboot/snapshots/pair.json`).
 *
 * Pure. Invariant: one file holds all of it, so that one rename changes both slots at once and no power cut shows one
 * without the other. A slot that is not in it has its base alone. Numbers of uppers only grow.
 */
import * as v from 'valibot';
import { BootError } from '../errors.ts';
import { sha256 } from '../root/base-id.ts';
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
  /** Which upper that is, see {@link Pair.uppers}; null: its first one. */
  readonly beforeUpper: UpperRef | null;
  /** The boot in which it was taken: until it ends, what the system writes goes to the old upper, the session. */
  readonly bootId: string;
  /** RFC 3339 UTC; null when the clock was not trusted. */
  readonly at: string | null;
}

/**
 * Which of its uppers a slot uses: the one of this number of its deployment, or, after its layers were made one, the one
 * that it had before, by its whole key.
 */
export type UpperRef = number | string;

export interface Pair {
  /** Deployment ids. */
  readonly slots: Readonly<Record<SlotName, string>>;
  /**
   * Which of its uppers a slot uses, where it has had a new one by `take`: the same deployment may have been in the slot
   * before, and what was written to it then must not show up again.
   */
  readonly uppers: Readonly<Record<SlotName, UpperRef>>;
  /** The highest number that was ever given to an upper. */
  readonly lastUpper: number;
  readonly taken: Taken | null;
}

export const NO_PAIR: Pair = { slots: {}, uppers: {}, lastUpper: 0, taken: null };

const nullableText = v.nullable(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const upperRef = v.union([count, v.pipe(v.string(), v.regex(/^[0-9a-f]{64}(\.\d{1,15})?$/))]);

const pairSchema = v.looseObject({
  format: v.literal(1),
  slots: v.record(v.string(), v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  uppers: v.record(v.string(), upperRef),
  lastUpper: count,
  sum: v.exactOptional(v.string()),
  taken: v.nullable(
    v.looseObject({
      active: v.string(),
      inactive: v.string(),
      writable: v.string(),
      before: nullableText,
      beforeUpper: v.nullable(upperRef),
      bootId: v.string(),
      at: nullableText,
    }),
  ),
});

/** @throws BootError BAD_DATA when it is damaged or of a newer format */
export function parsePair(text: string): Pair {
  const { format: _, sum, ...pair } = parseStored(pairSchema, text, "'snapshots/pair.json'");
  if (sum === undefined || sum === sumOf(pair)) return pair;
  throw new BootError('BAD_DATA', "'snapshots/pair.json' is damaged: its checksum differs", {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

/** A name that a bad block has changed would else be taken for another slot, deployment or upper. */
function sumOf({ slots, uppers, lastUpper, taken }: Pair): string {
  const sorted = (record: object) => Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
  return sha256(JSON.stringify([sorted(slots), sorted(uppers), lastUpper, taken === null ? null : sorted(taken)]));
}

export function formatPair(pair: Pair): string {
  return `${JSON.stringify({ format: 1, ...pair, sum: sumOf(pair) }, null, 2)}\n`;
}

/** The deployment of a slot. @param baseId of the slot's base; null: not known */
export function deploymentOf<B extends string | null>(pair: Pair, slot: SlotName, baseId: B): string | B {
  return Object.hasOwn(pair.slots, slot) ? (pair.slots[slot] ?? baseId) : baseId;
}

/** What stands behind the slot's name in the name of its upper (`SLOT-KEY`). */
export function upperKey(pair: Pair, slot: SlotName, deploymentId: string): string {
  return keyOf(deploymentId, upperRefOf(pair, slot));
}

/**
 * The id under which the slot showed the same, upper included, before its layers were made one, or before the snapshot in
 * progress was taken of it. The same ids in another slot explain nothing: there the upper was another one.
 * @param baseId of the slot's base; @param sameAs of the manifest that the slot has; null: it has none
 * @returns null: it was never called anything else
 */
export function nameBefore(
  pair: Pair,
  slot: SlotName,
  { baseId, sameAs }: { readonly baseId: string; readonly sameAs: string | null },
): string | null {
  if (isCompacted(pair, slot)) return sameAs;
  return pair.taken?.active === slot ? (pair.taken.before ?? baseId) : null;
}

/** Whether the layers of the slot were made one since it got them; its upper is the one that it had before. */
export function isCompacted(pair: Pair, slot: SlotName): boolean {
  return typeof upperRefOf(pair, slot) === 'string';
}

/** See {@link Pair.uppers}; null: its first one. */
export function upperRefOf(pair: Pair, slot: SlotName): UpperRef | null {
  return Object.hasOwn(pair.uppers, slot) ? (pair.uppers[slot] ?? null) : null;
}

/** @param upper see {@link Pair.uppers}; null: the first one */
export function keyOf(deploymentId: string, upper: UpperRef | null): string {
  if (typeof upper === 'string') return upper;
  return upper === null ? deploymentId : `${deploymentId}.${upper}`;
}

/** @param name of the first upper of a slot's deployment, `SLOT-DEPLOYMENT` */
export function upperNameOf(name: string, upper: UpperRef | null): string {
  const at = name.lastIndexOf('-') + 1;
  return `${name.slice(0, at)}${keyOf(name.slice(at), upper)}`;
}

/** A pair in which `slot` has this deployment, and this upper. @param id null: its base alone */
export function withDeployment(pair: Pair, slot: SlotName, id: string | null, upper: UpperRef | null): Pair {
  return {
    ...pair,
    slots: withEntry(pair.slots, slot, id),
    uppers: withEntry(pair.uppers, slot, upper),
  };
}

function withEntry<T>(record: Readonly<Record<SlotName, T>>, slot: SlotName, value: T | null) {
  const others = Object.entries(record).filter(([name]) => name !== slot);
  return Object.fromEntries(value === null ? others : [...others, [slot, value]]) as Readonly<Record<SlotName, T>>;
}
