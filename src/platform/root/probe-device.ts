/**
 * Reads what a device holds and what its disk's table calls it, in a few kilobytes; `blkid` is asked for what is not
 * recognised. A device that cannot be read is one of which nothing is known.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { type BlockDevice, parseBlkidExport, unknownDevice } from '../../core/root/blkid.ts';
import { parsePartitionTable, TABLE_BYTES, type TableEntry } from '../../core/root/partition-table.ts';
import { BTRFS_OFFSET, HEAD_BYTES, probeBtrfs, probeHead } from '../../core/root/probe.ts';
import { blockDevices, firstSector, type SysDevice } from './sysfs.ts';
import { tryTool, whyFailed } from './tools.ts';

/** Tables of disks that were read already in this look. */
export type Tables = Map<string, readonly TableEntry[]>;

/** What one device is; its type is null when it was not recognised here. */
export function probeDevice(device: SysDevice, devices: readonly SysDevice[], tables: Tables): BlockDevice {
  const head = readAt(device.path, 0, HEAD_BYTES);
  const probed = head === null ? null : (probeHead(head) ?? probeLater(device.path));
  const entry = tableEntry(device, devices, tables);
  return {
    path: device.path,
    type: probed?.type ?? null,
    uuid: probed?.uuid ?? null,
    label: probed?.label ?? null,
    partlabel: entry?.partlabel ?? null,
    partuuid: entry?.partuuid ?? null,
  };
}

/** What the device at a path is; its type is null when it was not recognised here. */
export function probePath(path: string): BlockDevice {
  const devices = blockDevices();
  const device = devices.find((one) => one.path === path);
  return device === undefined ? unknownDevice(path) : probeDevice(device, devices, new Map());
}

/** What an image file is; its type is null when it was not recognised here. */
export function probeFile(path: string): BlockDevice {
  const head = readAt(path, 0, HEAD_BYTES);
  const probed = head === null ? null : (probeHead(head) ?? probeLater(path));
  return { ...unknownDevice(path), ...probed };
}

/**
 * The same device with its file system, for whoever is going to mount it: `blkid` knows those that are not known here.
 * @throws BootError IO when `blkid` fails
 */
export function recognise<T extends BlockDevice>(device: T): T {
  if (device.type !== null) return device;
  const told = runBlkid([device.path]).find((one) => one.path === device.path);
  return told === undefined ? device : { ...device, type: told.type, uuid: told.uuid, label: told.label };
}

/** What the table of its disk says of a partition. */
export function tableEntry(device: SysDevice, devices: readonly SysDevice[], tables: Tables): TableEntry | undefined {
  const { disk } = device;
  if (disk === null) return undefined;
  const known = tables.get(disk) ?? readTable(disk, devices);
  tables.set(disk, known);
  const first = firstSector(device);
  return known.find((entry) => entry.firstSector === first);
}

function readTable(disk: string, devices: readonly SysDevice[]): readonly TableEntry[] {
  const path = `/dev/${basename(disk).replaceAll('!', '/')}`;
  const head = readAt(path, 0, TABLE_BYTES);
  const numbers = (): ReadonlyMap<number, number> =>
    new Map(devices.filter((device) => device.disk === disk).map((device) => [device.number, firstSector(device)]));
  return head === null ? [] : parsePartitionTable(head, sectorBytes(disk), numbers);
}

function sectorBytes(disk: string): number {
  try {
    return Number(readFileSync(`${disk}/queue/logical_block_size`, 'utf8')) || 512;
  } catch {
    // Very old kernels do not tell; they had no other.
    return 512;
  }
}

function probeLater(path: string): ReturnType<typeof probeBtrfs> {
  const block = readAt(path, BTRFS_OFFSET, HEAD_BYTES);
  return block === null ? null : probeBtrfs(block);
}

function readAt(path: string, offset: number, length: number): Uint8Array | null {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    } finally {
      closeSync(file);
    }
  } catch {
    // A drive without a medium, a dead disk: whoever mounts it hears why.
    return null;
  }
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
