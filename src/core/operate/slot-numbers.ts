/**
 * Slots as AOSP counts them: by number, in the order of the configuration, without recovery slots.
 *
 * Pure. Invariant: what is no number is refused. AOSP's bootctl takes every such word for slot 0, so that a slip of the
 * keyboard judges the wrong system.
 */
import type { Config } from '../config/config.ts';
import type { SlotName } from '../slot.ts';

export function listNumberedSlots(config: Config): readonly SlotName[] {
  return Object.entries(config.slots).flatMap(([name, slot]) => (slot.role === 'normal' ? [name] : []));
}

/** @returns the number that C's strtoul with base 0 reads from the whole of `word`, or null when it is none */
export function parseSlotNumber(word: string): number | null {
  if (/^0x[0-9a-f]{1,8}$/i.test(word)) return Number.parseInt(word, 16);
  if (/^0[0-7]{1,10}$/.test(word)) return Number.parseInt(word, 8);
  return /^(0|[1-9][0-9]{0,8})$/.test(word) ? Number(word) : null;
}

/** `_a` for slot `a`; AOSP gives an empty suffix for a slot that is not there. */
export function slotSuffix(config: Config, number: number): string {
  const name = listNumberedSlots(config)[number];
  return name === undefined ? '' : `_${name}`;
}

export const MERGE_STATUSES = ['none', 'unknown', 'snapshotted', 'merging', 'cancelled'] as const;
export type MergeStatus = (typeof MERGE_STATUSES)[number];
