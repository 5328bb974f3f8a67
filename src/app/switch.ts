/**
 * `lifeboot switch` and `lifeboot rollback`: an operator chooses what boots next.
 *
 * Effects: looks into the slot, then edits the boot state.
 */
import { chooseRollback } from '../core/operate/choose-rollback.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import type { SlotName } from '../core/slot.ts';
import { type Edited, editState } from './edit-state.ts';
import { lookIntoSlot } from './look-into-slot.ts';
import type { Ports } from './ports.ts';

export interface SwitchRequest {
  readonly slot: SlotName;
  readonly once: boolean;
  readonly dryRun: boolean;
}

/** @throws BootError USAGE, BAD_DATA, and those of {@link editState} */
export function switchSlot(ports: Ports, request: SwitchRequest): Edited {
  return editState(ports, request, (state, config) => {
    const { found, notes } = lookIntoSlot(ports, config, request.slot);
    const edit = switchTo(state, { ...request, found });
    return { ...edit, notes: [...notes, ...edit.notes] };
  });
}

/** @throws BootError UNAVAILABLE when nothing else was ever proven, and those of {@link editState} */
export function rollback(ports: Ports, request: { readonly dryRun: boolean }): Edited {
  const booted = ports.run.readBootInfo()?.slot ?? null;
  return editState(ports, request, (state, config) => {
    const slot = chooseRollback(state, booted);
    const { found, notes } = lookIntoSlot(ports, config, slot);
    const edit = switchTo(state, { slot, once: false, found });
    return { ...edit, notes: [`going back to slot ${slot}`, ...notes, ...edit.notes] };
  });
}
