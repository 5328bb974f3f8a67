/**
 * Finds the device of a slot, with what decides whether it may be written.
 *
 * Reads only.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import type { FoundDisk, Trouble } from '../../core/repair/slot-facts.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import type { FindDevice } from '../root/find-device.ts';
import { mountEntries } from '../root/mounting.ts';

/** @throws BootError ABSENT, CONTENT, IO */
export function findDisk(root: string, recorded: RecordedDevice | null, find: FindDevice): FoundDisk {
  const { path, number, sizeBytes, partuuid, serial, removable, notes } = find(root, { waitSeconds: 0, recorded });
  const mounts = mountEntries().filter(
    // Btrfs has a device number of its own.
    ({ device, type, source }) => device === number || (type === 'btrfs' && source === path),
  );
  const isWritable = mounts.some(({ options, superOptions }) => options.includes('rw') && superOptions.includes('rw'));
  return {
    path,
    number,
    sizeBytes: Number(sizeBytes),
    partuuid,
    serial,
    removable,
    writeProtected: isWriteProtected(path),
    mountedAt: mounts[0]?.point ?? null,
    mountedWritable: isWritable,
    notes,
  };
}

/** An error of the search as a fact. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof BootError)) throw error;
  const kind = error.code === 'ABSENT' ? 'absent' : error.code === 'CONTENT' ? 'content' : 'io';
  return { kind, why: describeError(error) };
}

function isWriteProtected(path: string): boolean {
  try {
    return readFileSync(`/sys/class/block/${basename(path)}/ro`, 'utf8').trim() === '1';
  } catch {
    // Without sysfs the first write tells.
    return false;
  }
}
