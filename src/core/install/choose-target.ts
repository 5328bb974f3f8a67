/**
 * The slot that an image goes into.
 *
 * Pure. Whether a slot may be written is decided in one place, `core/repair/refuse-write.ts`; this only finds the one
 * that is meant, and never guesses between the running one and the way back.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { lastProven } from '../repair/last-proven.ts';
import { refuseUnwritable } from '../repair/refuse-write.ts';
import { ownUpgrade } from '../root/base-source.ts';
import type { SlotName } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

/** What is lost least by being written over comes first. */
const WORTH: readonly SlotState['health'][] = ['empty', 'bad', 'trial', 'good'];

/**
 * The slot that neither runs nor proved itself last; of several the one that is worth least.
 * @param running the running slot, or null where that is not known
 * @throws BootError REFUSED when no slot is free
 */
export function chooseTarget(config: Config, state: BootState, running: SlotName | null): SlotName {
  const normal = Object.keys(config.slots).filter((name) => config.slots[name]?.role === 'normal');
  const written = normal.filter((name) => ownUpgrade(config.slots[name] ?? { root: '' }) === null);
  const [first] = normal;
  if (written.length === 0 && first !== undefined) refuseUnwritable(config, first);
  return chooseFree(written, state, running);
}

/**
 * As {@link chooseTarget}, among slots that what is brought in fits into.
 * @throws BootError REFUSED when no slot is free
 */
export function chooseFree(slots: readonly SlotName[], state: BootState, running: SlotName | null): SlotName {
  const way = lastProven(state);
  const worth = (name: SlotName): number => WORTH.indexOf(state.slots[name]?.health ?? 'empty');
  const base = running === null ? running : (state.slots[running]?.snapshotOf ?? running);
  const [free] = slots
    .filter((name) => name !== base && !way.includes(name))
    .sort((left, right) => worth(left) - worth(right));
  if (free !== undefined) return free;
  const kept = slots.map((name) => `${name} ${name === base ? 'runs' : 'proved itself last'}`).join(', ');
  throw new BootError('REFUSED', `no slot is free for an image: ${kept}`, {
    hint: "when the running one has proven itself ('lifeboot status'), the other one is free",
  });
}

/** @throws BootError REFUSED for a recovery slot: an image on trial would become the first in the order */
export function refuseRecovery(config: Config, slot: SlotName): void {
  if (config.slots[slot]?.role !== 'recovery') return;
  throw new BootError('REFUSED', `slot '${slot}' is a recovery slot, which is no place for an upgrade`, {
    hint: `'lifeboot repair ${slot} --from IMAGE' writes it and leaves the order as it is`,
  });
}
