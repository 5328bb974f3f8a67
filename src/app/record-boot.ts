/**
 * Writes what the running boot has shown into the boot state, from within that boot.
 *
 * Effects in this order: lock, read again inside the lock, change, save. Unlike an operator's command this goes on with
 * a configuration that has problems: they fell back to defaults, and a proof that is not recorded costs a good slot.
 */
import { initialOrder } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import { type RunningBoot, requireRunning } from '../core/judge/running-boot.ts';
import { withoutDone } from '../core/reset/reset-action.ts';
import type { Health } from '../core/slot.ts';
import type { StateReading } from '../core/state/reading.ts';
import { type BootState, freshState, withConfiguredSlots } from '../core/state/state.ts';
import { readUsableState } from './edit-state.ts';
import type { Ports, StateStore } from './ports.ts';
import { readState } from './read-state.ts';

/**
 * @returns whether anything was written
 * @throws BootError when the state cannot be read or saved, or tells of another boot
 */
export function recordBoot(
  ports: Ports,
  config: Config,
  boot: RunningBoot,
  change: (state: BootState) => BootState,
): boolean {
  return ports.lock.hold(() => {
    const store = ports.openState(config);
    const before = withConfiguredSlots(startingState(store, config, boot), initialOrder({ config }));
    const after = change(before);
    // What the boot stage has done of the pending actions is told along with something else: it costs no write of its own.
    if (after !== before) store.save(withoutDone(after, ports.run.readBootInfo()?.done ?? []));
    return after !== before;
  });
}

/** The recorded health of the running slot; null when no record can be read. @throws BootError BAD_DATA for another boot's */
export function recordedHealth(ports: Ports, config: Config, boot: RunningBoot): Health | null {
  const reading: StateReading = readState(ports, config);
  if (reading.kind !== 'valid') return null;
  const state = withConfiguredSlots(reading.state, initialOrder({ config }));
  return requireRunning(state, boot).health;
}

/** A boot whose attempt could not be saved may meet a medium that holds nothing; its proof is worth a first state. */
function startingState(store: StateStore, config: Config, boot: RunningBoot): BootState {
  const reading = store.read();
  const isFree = reading.kind === 'blank' || reading.kind === 'corrupt';
  return isFree && !boot.attemptSaved ? freshState(initialOrder({ config })) : readUsableState(store);
}
