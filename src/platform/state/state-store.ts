/**
 * The boot state on its medium: reads both records, writes the one that is not the newest.
 *
 * Invariant: reading never throws and never writes; saving never touches the newest valid record.
 */
import type { StateStore } from '../../app/ports.ts';
import { BootError, describeError } from '../../core/errors.ts';
import { chooseRecord, nextRecord } from '../../core/state/choose-record.ts';
import type { StateReading } from '../../core/state/reading.ts';
import type { BootState } from '../../core/state/state.ts';
import { readRecords, writeRecord } from './record-medium.ts';

/** Makes the medium's path usable while `work` runs, such as by mounting the file system that holds the file. */
export type WithMedium = <T>(access: 'read' | 'write', work: (path: string) => T) => T;

export function makeStateStore(place: string, withMedium: WithMedium): StateStore {
  let last: StateReading | null = null;
  const read = (): StateReading => {
    last = readOnce(place, withMedium);
    return last;
  };
  const save = (state: BootState): void => {
    const reading = last ?? read();
    const next = nextRecord(reading, state);
    if (next === null) {
      throw new BootError('BAD_DATA', `the boot state on '${place}' has a newer format and is not overwritten`, {
        hint: 'use the newer lifeboot that wrote it',
      });
    }
    withMedium('write', (path) => writeRecord(path, next.record, next.bytes));
    last = { kind: 'valid', state, sequence: next.sequence, record: next.record, note: null };
  };
  return { place, read, save };
}

function readOnce(place: string, withMedium: WithMedium): StateReading {
  try {
    return withMedium('read', (path) => chooseRecord(readRecords(path)));
  } catch (error) {
    const why = `cannot read the boot state on '${place}': ${describeError(error)}`;
    return { kind: isAbsence(error) ? 'absent' : 'unreadable', why };
  }
}

function isAbsence(error: unknown): boolean {
  if (error instanceof BootError) return error.code === 'ABSENT';
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENXIO');
}
