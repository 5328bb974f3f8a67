/**
 * What `blkid` tells of block devices, kept for names that are asked for shortly after each other: a boot looks for
 * state, base and data.
 *
 * A partition label is looked up in sysfs first, and only the disks that carry it are read: a dying disk beside them,
 * on which every read takes minutes, must not keep a node from booting. Other names need a look at all devices.
 */
import { readFileSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { type BlockDevice, isNamed, parseBlkidExport, unknownDevice } from '../../core/root/blkid.ts';
import type { DeviceName } from '../../core/root/device-name.ts';
import { namedPartitions } from './sysfs.ts';
import { tryTool, whyFailed } from './tools.ts';

export interface DeviceListing {
  /** @returns the devices that a tag means; @throws BootError IO when `blkid` fails */
  find(name: Extract<DeviceName, { kind: 'tag' }>): readonly BlockDevice[];
}

const KEEP_MS = 10_000;

/** What is known, while the kernel shows the same partitions. */
interface Known {
  readonly devices: ReadonlyMap<string, BlockDevice>;
  /** All devices were asked for. */
  readonly isFull: boolean;
  readonly partitions: string;
  readonly atMs: number;
}

export function makeDeviceListing(sysBlock?: string): DeviceListing {
  let known: Known = { devices: new Map(), isFull: false, partitions: '', atMs: Number.NEGATIVE_INFINITY };

  const learn = (paths: readonly string[], partitions: string, isFresh: boolean): void => {
    const told = runBlkid(paths).map((device) => [device.path, device] as const);
    const isFull = paths.length === 0 || (isFresh && known.isFull);
    known = {
      devices: new Map([...(isFresh ? known.devices : []), ...told]),
      isFull,
      partitions,
      atMs: performance.now(),
    };
  };

  return {
    find(name) {
      const partitions = partitionList();
      const isFresh = known.partitions === partitions && performance.now() - known.atMs < KEEP_MS;
      const { paths, neighbours } = name.tag === 'PARTLABEL' ? namedPartitions(name.value, sysBlock) : NONE;
      if (paths.length > 0) {
        if (!isFresh || paths.some((path) => !known.devices.has(path))) learn(neighbours, partitions, isFresh);
        return paths.map((path) => known.devices.get(path) ?? unknownDevice(path));
      }
      const found = isFresh && known.isFull ? named(known, name) : [];
      if (found.length > 0) return found;
      // Not there yet, or not any more: look anew.
      learn([], partitions, false);
      return named(known, name);
    },
  };
}

const NONE = { paths: [], neighbours: [] };

function named(known: Known, name: DeviceName): readonly BlockDevice[] {
  return [...known.devices.values()].filter((device) => isNamed(device, name));
}

/**
 * Asks for some devices, or for all. The cache file of `blkid` is not used: it could tell of an image that was replaced.
 * @throws BootError IO
 */
export function runBlkid(paths: readonly string[]): readonly BlockDevice[] {
  const finished = tryTool(['blkid', '-c', '/dev/null', '-o', 'export', ...paths]);
  // Status 2: nothing recognised.
  if (finished.status !== 0 && finished.status !== 2) {
    throw new BootError('IO', `cannot list block devices with 'blkid': ${whyFailed(finished)}`);
  }
  return parseBlkidExport(finished.stdout);
}

/** The kernel's list of partitions, to see whether it changed. */
export function partitionList(): string {
  try {
    return readFileSync('/proc/partitions', 'utf8');
  } catch {
    // Without it a look is taken once a second.
    return '';
  }
}
