/** Where a device is mounted already: a file system that is in use cannot be mounted again with other options. */
import { mountAt } from '../../core/root/mountinfo.ts';
import type { FoundDevice } from './find-device.ts';
import { mountEntries } from './mounting.ts';

/** @returns a place where all of it can be seen, with nothing mounted over it; null: there is none */
export function placeOf({ number }: Pick<FoundDevice, 'number'>): string | null {
  const entries = mountEntries();
  const isSeen = (entry: (typeof entries)[number]): boolean => mountAt(entries, entry.point) === entry;
  return entries.find((entry) => entry.root === '/' && entry.device === number && isSeen(entry))?.point ?? null;
}
