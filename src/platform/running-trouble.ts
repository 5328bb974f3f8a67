/**
 * What went wrong with the data partition since the boot stage looked at it: it filled up, or an error made it read-only.
 *
 * Reads only. The boot stage's own findings are in `boot.json`; these are the ones that only a running system has.
 */
import { statfsSync } from 'node:fs';
import { describeError } from '../core/errors.ts';
import { mountAt } from '../core/root/mountinfo.ts';
import { whyNoRoom } from './root/data-partition.ts';
import { mountEntries } from './root/mounting.ts';

/** @param data where it is mounted; a boot without one has no trouble with it here */
export function runningTrouble(data: string): readonly string[] {
  try {
    const entry = mountAt(mountEntries(), data);
    if (entry === undefined) return [];
    if ([...entry.options, ...entry.superOptions].some((option) => option === 'ro' || option === 'emergency_ro')) {
      return [
        'the data partition is read-only: nothing can be changed until the next boot; see the kernel log for why',
      ];
    }
    const full = whyNoRoom(statfsSync(data));
    return full === null ? [] : [`${full}; the next boot keeps changes in memory only, so make room in '${data}'`];
  } catch (error) {
    return [`the data partition cannot be looked at: ${describeError(error)}`];
  }
}
