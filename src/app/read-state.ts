/**
 * The boot state as the reading commands see it: whatever goes wrong is a reading, never an exception.
 *
 * Reads only.
 */
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { Ports } from './ports.ts';

export function readState(ports: Ports, config: Config): StateReading {
  try {
    return ports.openState(config).read();
  } catch (error) {
    const isAbsent = error instanceof BootError && error.code === 'ABSENT';
    return { kind: isAbsent ? 'absent' : 'unreadable', why: describeError(error) };
  }
}

export interface PlacedState {
  /** Where the state is: `--state PATH`, or what the configuration names. */
  readonly place: string;
  readonly reading: StateReading;
}

export function readPlacedState(ports: Ports, config: Config): PlacedState {
  const reading = readState(ports, config);
  try {
    return { place: ports.openState(config).place, reading };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return { place: config.state.device, reading };
  }
}
