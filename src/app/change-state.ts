/**
 * Writes one change of `repair` into the boot state.
 *
 * Effects in this order: lock, read again inside the lock, change, save. Invariant: nothing is written when nothing changes.
 */
import { initialOrder } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import type { Edit } from '../core/operate/edit.ts';
import { type BootState, withConfiguredSlots } from '../core/state/state.ts';
import { readUsableState } from './edit-state.ts';
import type { Ports } from './ports.ts';

/** @throws BootError BUSY, and those of the state; whatever `change` throws */
export function changeState(ports: Ports, config: Config, change: (state: BootState) => Edit): Edit {
  return ports.lock.hold(() => {
    const store = ports.openState(config);
    const before = withConfiguredSlots(readUsableState(store), initialOrder({ config }));
    const edit = change(before);
    if (edit.state !== before) store.save(edit.state);
    return edit;
  });
}

/** The state with a record for each configured slot. @throws BootError UNAVAILABLE, BAD_DATA, STATE_IO */
export function readWholeState(ports: Ports, config: Config): BootState {
  return withConfiguredSlots(readUsableState(ports.openState(config)), initialOrder({ config }));
}
