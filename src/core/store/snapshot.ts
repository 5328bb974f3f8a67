/**
 * A kept snapshot: a deployment that is in no slot but can be booted, compared or restored
 * (`lifeboot/snapshots/<number>.json`).
 *
 * Pure. In the boot state it is a slot of its own: see `snapshot-name.ts`.
 */
import * as v from 'valibot';
import type { ProofLevel, SlotName } from '../slot.ts';
import { parseStored } from './deployment.ts';

/** As Snapper has them: by hand or by time, or the two around a command. */
export const SNAPSHOT_TYPES = ['single', 'pre', 'post'] as const;
export type SnapshotType = (typeof SNAPSHOT_TYPES)[number];

/** Which rule may delete it. */
export const SNAPSHOT_RULES = ['number', 'timeline', 'empty-pre-post'] as const;
export type SnapshotRule = (typeof SNAPSHOT_RULES)[number];

export interface Snapshot {
  readonly number: number;
  readonly type: SnapshotType;
  /** Of a `post`: the number of its `pre`. */
  readonly preNumber: number | null;
  readonly deployment: string;
  /** The deployment that its upper is named after, where its layers were made one since; absent: its own. */
  readonly upper?: string;
  /** The slot whose base it is on: where a boot of it finds that. */
  readonly slot: SlotName;
  /** How the deployment was proven, before or after it was kept; null: never. */
  readonly proof: { readonly at: string | null; readonly level: ProofLevel | null } | null;
  /** RFC 3339 UTC; null when the clock was not trusted. */
  readonly createdAt: string | null;
  readonly description: string;
  readonly userData: Readonly<Record<string, string>>;
  /** Which rule may delete it; null: none. */
  readonly cleanup: SnapshotRule | null;
  /** Never deleted by a rule. */
  readonly pinned: boolean;
}

const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(999_999));

const snapshotSchema = v.looseObject({
  format: v.literal(1),
  number,
  type: v.picklist(SNAPSHOT_TYPES),
  preNumber: v.nullable(number),
  deployment: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  upper: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  slot: v.string(),
  proof: v.nullable(
    v.looseObject({
      at: v.nullable(v.string()),
      level: v.fallback(v.nullable(v.picklist(['forward', 'loop', 'remote', 'manual'])), null),
    }),
  ),
  createdAt: v.nullable(v.string()),
  description: v.string(),
  userData: v.record(v.string(), v.string()),
  cleanup: v.fallback(v.nullable(v.picklist(SNAPSHOT_RULES)), null),
  pinned: v.boolean(),
});

/** @throws BootError BAD_DATA when it is damaged or of a newer format */
export function parseSnapshot(text: string, fileName: string): Snapshot {
  const { format: _, ...snapshot } = parseStored(snapshotSchema, text, `snapshot '${fileName}'`);
  return snapshot;
}

export function formatSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify({ format: 1, ...snapshot }, null, 2)}\n`;
}
