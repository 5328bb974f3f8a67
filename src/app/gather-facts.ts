/**
 * Collects what `planBoot` may know. Whatever is missing is a fact, not an error.
 */
import type { BootFacts } from '../core/boot/facts.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { LoadedConfig, Ports, StateStore } from './ports.ts';
import { setClockForward } from './set-clock.ts';
import { withStateSettings } from './state-settings.ts';

export interface Gathered {
  readonly loaded: LoadedConfig;
  readonly store: StateStore;
  readonly facts: BootFacts;
}

/** @param waitSeconds how long to wait for the device of the boot state; null: as configured */
export function gatherFacts(ports: Ports, waitSeconds: number | null = null): Gathered {
  const fromFile = ports.config.load();
  const store = ports.openState(fromFile.config, { waitSeconds: waitSeconds ?? fromFile.config.devices.waitSeconds });
  const state = store.read();
  const loaded = withStateSettings(ports, fromFile, state);
  const clock = setClockForward(ports, state);
  const facts: BootFacts = {
    config: loaded.config,
    forcedSlot: loaded.forcedSlot,
    state,
    stateUnwritable: null,
    bootId: ports.machine.bootId(),
    now: ports.machine.now(),
    bases: {},
    failures: [],
    evidence: ports.machine.evidence(lastStart(state)),
    notes: [...loaded.problems.map((problem) => `${problem}, ignoring it`), ...loaded.notes, ...clock],
  };
  return { loaded, store, facts };
}

function lastStart(reading: StateReading): string | null {
  return reading.kind === 'valid' ? (reading.state.history.at(-1)?.startedAt ?? null) : null;
}
