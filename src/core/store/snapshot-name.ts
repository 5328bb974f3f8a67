/**
 * The name that a kept snapshot has among slots: `s<number>`.
 *
 * Pure.
 */
import type { SlotName } from '../slot.ts';

/** The name that the boot state has for it. */
export function snapshotSlot(number: number): SlotName {
  return `s${number}`;
}

/** @returns the number behind `s12`; null: that is no snapshot's name */
export function snapshotNumber(name: SlotName): number | null {
  const digits = /^s([1-9]\d{0,5})$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}
