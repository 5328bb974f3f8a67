/**
 * Finds what a rollback goes back to: the newest proof other than what runs now.
 *
 * Pure. A proof belongs to what a slot held at the time, so a slot that was overwritten since is nothing to go back to.
 */
import { provenSnapshots } from '../boot/snapshot-slots.ts';
import { BootError } from '../errors.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import { holdsWhatWasProven } from './switch-to.ts';

/**
 * @param booted the running slot, or null where that is not known: then the one that would boot
 * @throws BootError UNAVAILABLE when nothing else was ever proven
 */
export function chooseRollback(state: BootState, booted: SlotName | null): SlotName {
  const from = booted ?? state.current?.slot ?? state.order[0] ?? null;
  const all = [...new Set([...state.order, ...provenSnapshots(state)])];
  const proven = all.filter((name) => name !== from && wasProven(state, name));
  const [newest] = proven.toSorted((left, right) => provenAt(state, right).localeCompare(provenAt(state, left)));
  if (newest !== undefined) return newest;
  throw new BootError('UNAVAILABLE', `nothing but ${from === null ? 'nothing' : `slot '${from}'`} was ever proven`, {
    hint: "'lifeboot switch SLOT' puts a slot on trial that was not",
  });
}

function wasProven(state: BootState, name: SlotName): boolean {
  const slot = state.slots[name];
  if (slot === undefined || slot.health === 'empty') return false;
  const isProof = slot.provenAt !== null || slot.provenId !== null || slot.health === 'good';
  return isProof && holdsWhatWasProven({ ...slot, provenId: slot.provenId ?? slot.deployment?.id ?? null }, null);
}

/** Without a trusted clock a proof has no time; it comes after those that have one. */
function provenAt(state: BootState, name: SlotName): string {
  return state.slots[name]?.provenAt ?? '';
}
