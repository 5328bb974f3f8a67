/**
 * The way back: which slot proved itself last.
 *
 * Pure. The log is asked before the clock, because a node's clock is wrong after each long power cut. Where neither
 * tells, every proven slot is a way back.
 */
import { holdsWhatWasProven } from '../operate/switch-to.ts';
import type { SlotName } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

/**
 * @returns the slot that proved itself last; several where that is not known; none when nothing was ever proven. Of a kept
 * snapshot also the slot whose base it stands on.
 */
export function lastProven(state: BootState): readonly SlotName[] {
  const names = newestProofs(state).flatMap((name) => [name, ...basesOf(state, name)]);
  return [...new Set(names)];
}

function basesOf(state: BootState, name: SlotName): readonly SlotName[] {
  const base = state.slots[name]?.snapshotOf;
  return base === undefined ? [] : [base];
}

/** As {@link lastProven}, by name alone. */
export function newestProofs(state: BootState): readonly SlotName[] {
  const proven = Object.keys(state.slots).filter((name) => wasProven(state.slots[name]));
  if (proven.length <= 1) return proven;
  const logged = state.history.findLast(({ outcome, slot }) => outcome === 'proven' && proven.includes(slot ?? ''));
  if (logged?.slot != null) return [logged.slot];
  const times = proven.map((name) => state.slots[name]?.provenAt ?? null);
  const known = times.filter((time) => time !== null).sort();
  if (known.length < times.length) return proven;
  return proven.filter((name) => state.slots[name]?.provenAt === known.at(-1));
}

function wasProven(slot: SlotState | undefined): boolean {
  if (slot === undefined || slot.health === 'empty') return false;
  const isProof = slot.provenAt !== null || slot.provenId !== null || slot.health === 'good';
  return isProof && holdsWhatWasProven({ ...slot, provenId: slot.provenId ?? slot.deployment?.id ?? null }, null);
}
