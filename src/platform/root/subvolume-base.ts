/**
 * A read-only Btrfs subvolume as the base: mounted read-only by its path below the top level, whatever the default
 * subvolume of the file system is.
 *
 * Invariant: a subvolume that can be written is no base. The log of the file system is replayed, as it holds what others
 * have written: a read-only subvolume has no part in that, and a file system without its log never becomes writable.
 */
import { mkdirSync } from 'node:fs';
import { BootError, describeError } from '../../core/errors.ts';
import type { Deployment } from '../../core/state/state.ts';
import { identifySubvolume } from '../btrfs/identify-subvolume.ts';
import { readVersion } from './base-facts.ts';
import type { FoundDevice } from './find-device.ts';
import { mount } from './mounting.ts';

/**
 * @param subvolume its path below the top level; @param dir where it goes
 * @throws BootError ABSENT when there is none of that name, CONTENT, IO
 */
export function mountSubvolume(device: FoundDevice, subvolume: string, dir: string): void {
  const what = describeSubvolume(device, subvolume);
  if (device.type !== 'btrfs') {
    throw new BootError('CONTENT', `there is no ${what}: that is ${device.type ?? 'nothing that was recognised'}`, {
      hint: "only Btrfs has subvolumes: correct the slot's `root` or `subvolume`",
    });
  }
  mkdirSync(dir, { recursive: true });
  try {
    mount({ type: 'btrfs', source: device.path, target: dir, options: `ro,subvol=/${subvolume}` });
  } catch (error) {
    throw explained(error, what);
  }
}

/** @param dir where it is mounted. @throws BootError CONTENT when it can be written; IO */
export function readSubvolume(device: FoundDevice, subvolume: string, dir: string): Deployment {
  return { id: identifySubvolume(dir, describeSubvolume(device, subvolume)), version: readVersion(dir) };
}

function describeSubvolume({ path }: FoundDevice, subvolume: string): string {
  return `subvolume '${subvolume}' on '${path}'`;
}

/** The kernel has one number for "no such subvolume", and the one of a damaged file system for a plain directory. */
function explained(error: unknown, what: string): unknown {
  const said = describeError(error);
  if (/No such file or directory/.test(said)) {
    return new BootError('ABSENT', `there is no ${what}`, {
      cause: error,
      hint: "'btrfs subvolume list' shows those that there are",
    });
  }
  if (/wrong fs type|Invalid argument/.test(said)) {
    return new BootError(
      'CONTENT',
      `${what} cannot be mounted: it is a plain directory, or the file system is damaged`,
      {
        cause: error,
      },
    );
  }
  return error;
}
