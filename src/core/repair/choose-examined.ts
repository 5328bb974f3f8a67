/**
 * Which slots a fallback has left behind: those that are worth a look without being asked.
 *
 * Pure. A slot is looked at once after each boot of it that went wrong, so that a node which stays on its fallback for
 * a year does not read its other slot once an hour. So is a slot whose repair was cut.
 */
import type { Config } from '../config/config.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import { isUnfinished, lastBootOf } from './record-repair.ts';

/** @param running the slot that runs, or null: none that lifeboot knows of */
export function chooseExamined(state: BootState, config: Config, running: SlotName | null): readonly SlotName[] {
  return Object.keys(config.slots).filter((name) => {
    const slot = state.slots[name];
    if (slot === undefined || name === running) return false;
    if (isUnfinished(state, name)) return true;
    if (slot.health === 'empty') return false;
    const last = state.history.findLast((record) => record.slot === name)?.outcome ?? null;
    const isUnproven = last === 'failed' || last === 'cut' || last === 'no-tunnel' || last === 'alive';
    if (slot.health !== 'bad' && slot.evidence === null && !isUnproven) return false;
    const { examined = null } = slot;
    return examined === null || examined.bootId !== lastBootOf(state, name);
  });
}
