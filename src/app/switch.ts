/**
 * `lifeboot switch` and `lifeboot rollback`: an operator chooses what boots next.
 *
 * Effects: looks into the slot, then edits the boot state.
 */
import { recordSnapshot, withSnapshots } from '../core/boot/snapshot-slots.ts';
import { chooseRollback } from '../core/operate/choose-rollback.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import { recordOf } from '../core/store/deployment.ts';
import { snapshotNumber } from '../core/store/snapshot-name.ts';
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
  return editState(ports, request, (recorded, config) => {
    const state = withNamedSnapshot(ports, recorded, request.slot);
    const { found, notes } = lookIntoSlot(ports, withSnapshots(config, state), request.slot);
    const edit = switchTo(state, { ...request, found });
    return { ...edit, notes: [...notes, ...edit.notes] };
  });
}

/** The store knows more snapshots than the boot state: the one that is asked for is recorded, with its proof. */
function withNamedSnapshot({ layers }: Ports, state: BootState, slot: SlotName): BootState {
  const number = snapshotNumber(slot);
  if (number === null || state.slots[slot] !== undefined) return state;
  const snapshot = layers.readSnapshots().snapshots.find((each) => each.number === number);
  const manifest = snapshot === undefined ? null : layers.readManifest(snapshot.deployment);
  if (snapshot === undefined || manifest === null) return state;
  const { proof } = snapshot;
  return recordSnapshot(state, { number, slot: snapshot.slot, deployment: recordOf(manifest), proof });
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
