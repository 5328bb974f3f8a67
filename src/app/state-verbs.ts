/**
 * `lifeboot state …`: set up, examine and change the boot state directly.
 *
 * Effects: the boot state. Invariant: a state of a newer format is never overwritten, whatever was asked.
 */
import { BootError } from '../core/errors.ts';
import { describeReading } from '../core/operate/describe-reading.ts';
import { initialState } from '../core/operate/initial-state.ts';
import { planNextBoot } from '../core/operate/next-boot.ts';
import { setValue } from '../core/operate/set-value.ts';
import type { SlotName } from '../core/slot.ts';
import type { StateReading } from '../core/state/reading.ts';
import { type Edited, editState, loadSoundConfig } from './edit-state.ts';
import { lookIntoSlot } from './look-into-slot.ts';
import type { LoadedConfig, Ports, StateStore } from './ports.ts';
import { type PlacedState, readPlacedState } from './read-state.ts';

export interface InitRequest {
  readonly good: SlotName | null;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** @throws BootError CONFIG, USAGE, REFUSED over a valid state, BAD_DATA over a newer one, UNAVAILABLE, STATE_IO */
export function initState(ports: Ports, request: InitRequest): Edited {
  const loaded = loadSoundConfig(ports);
  if (request.dryRun) return initOnce(ports, loaded, request);
  // The lock may be one on the file itself, so the file comes first; where it is there already, nothing happens.
  ports.prepareState(loaded.config);
  return ports.lock.hold(() => initOnce(ports, loaded, request));
}

function initOnce(ports: Ports, loaded: LoadedConfig, { good, force, dryRun }: InitRequest): Edited {
  const { config, forcedSlot } = loaded;
  const store = ports.openState(config);
  const reading = store.read();
  refuseUnlessReplaceable(store, reading, { force, dryRun });
  const look = good === null ? { found: null, notes: [] } : lookIntoSlot(ports, config, good);
  const state = initialState(config, { good, found: look.found, at: ports.machine.now() });
  if (!dryRun) store.save(state);
  const after = { kind: 'valid', state, sequence: 0n, record: 0, note: null } as const;
  return {
    changed: true,
    dryRun,
    changes: [
      `a new boot state in ${store.place}`,
      `order: ${state.order.join(', ')}`,
      ...Object.entries(state.slots).map(([name, slot]) => `slot ${name}: ${slot.health}`),
    ],
    notes: look.notes,
    next: planNextBoot({ config, state: after, forcedSlot, notes: [] }).trace.at(-1) ?? '',
  };
}

function refuseUnlessReplaceable(
  { place }: StateStore,
  reading: StateReading,
  { force, dryRun }: { readonly force: boolean; readonly dryRun: boolean },
): void {
  switch (reading.kind) {
    case 'valid':
      if (force) return;
      throw new BootError('REFUSED', `'${place}' holds a valid boot state, which is not replaced`, {
        hint: "'lifeboot state show' prints it; --force replaces it",
      });
    case 'tooNew':
      throw new BootError('BAD_DATA', `'${place}': ${describeReading(reading)}`, {
        hint: 'it is never overwritten; clear the medium by hand when it must go',
      });
    case 'absent':
      // A dry run does not make the file either.
      if (dryRun) return;
      throw new BootError('UNAVAILABLE', describeReading(reading), { hint: 'see [state] of the configuration' });
    case 'unreadable':
      throw new BootError('STATE_IO', describeReading(reading), {
        hint: 'the medium has to be there, and at least 32 KiB large',
      });
    case 'blank':
    case 'corrupt':
      return;
    default:
      reading satisfies never;
  }
}

/** Never fails: what is wrong is in the reading. */
export function showState(ports: Ports): PlacedState {
  return readPlacedState(ports, ports.config.load().config);
}

/** @throws BootError USAGE, BAD_DATA, and those of editState */
export function setStateValue(
  ports: Ports,
  request: { readonly key: string; readonly value: string; readonly dryRun: boolean },
): Edited {
  return editState(ports, request, (state) => setValue(state, request.key, request.value));
}

/** There is one major format so far, so there is nothing to raise. @throws BootError those of editState */
export function upgradeState(ports: Ports, request: { readonly dryRun: boolean }): Edited {
  return editState(ports, request, (state) => ({
    state,
    notes: ['format 1 is the newest that this release writes'],
  }));
}
