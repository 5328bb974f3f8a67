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
