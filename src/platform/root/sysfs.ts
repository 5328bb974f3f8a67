/**
 * What the kernel tells of block devices in `/sys`: number, size, the disk it is on, serial, removable, partition names.
 *
 * Works without udev: in an initramfs there are only devtmpfs and sysfs. Everything that is missing is null.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface DeviceFacts {
  /** `MAJOR:MINOR`. */
  readonly number: string | null;
  readonly sizeBytes: bigint;
  readonly serial: string | null;
  readonly removable: boolean;
  readonly isUsb?: boolean;
}

/** @param path such as `/dev/vda2`; links such as `/dev/disk/by-label/x` are followed */
export function deviceFacts(path: string): DeviceFacts {
  const place = realPath(join('/sys/class/block', basename(realPath(path) ?? path)));
  if (place === null) return { number: null, sizeBytes: 0n, serial: null, removable: false };
  const disk = readLine(join(place, 'partition')) === null ? place : dirname(place);
  return {
    number: readLine(join(place, 'dev')),
    sizeBytes: BigInt(readLine(join(place, 'size')) ?? '0') * 512n,
    serial: readSerial(disk),
    removable: readLine(join(disk, 'removable')) === '1',
    isUsb: /\/usb\d+\//.test(disk),
  };
}

/** virtio has `serial`, NVMe and MMC `device/serial`, SCSI and SATA the page 0x80 that their firmware gave. */
function readSerial(disk: string): string | null {
  const plain = readLine(join(disk, 'serial')) ?? readLine(join(disk, 'device/serial'));
  if (plain !== null) return plain;
  try {
    const page = readFileSync(join(disk, 'device/vpd_pg80'));
    return page.subarray(4).toString('latin1').replaceAll('\0', '').trim() || null;
  } catch {
    // Most kinds of disk have no such page.
    return null;
  }
}

export interface SysDevice {
  readonly path: string;
  /** Its directory in sysfs. */
  readonly place: string;
  /** The sysfs directory of the disk that it is a partition of; null: it is a disk itself. */
  readonly disk: string | null;
  /** The partition's number; 0 for a disk. */
  readonly number: number;
  /** The partition label, where this kernel tells it. */
  readonly partlabel: string | null;
}

/** The block devices, without reading any: the kernel read the tables when the disks appeared. */
export function blockDevices(sysBlock = '/sys/class/block'): readonly SysDevice[] {
  return listDir(sysBlock).flatMap((name) => {
    const place = realPath(join(sysBlock, name));
    // One file tells all: under emulation each read counts.
    const event = place === null ? null : readLine(join(place, 'uevent'));
    if (place === null || event === null) return [];
    const number = Number(eventValue(event, 'PARTN') ?? '0');
    const disk = number === 0 ? null : dirname(place);
    return [
      { path: `/dev/${name.replaceAll('!', '/')}`, place, disk, number, partlabel: eventValue(event, 'PARTNAME') },
    ];
  });
}

/** The first sector of a partition, in units of 512 bytes. */
export function firstSector({ place }: SysDevice): number {
  return Number(readLine(join(place, 'start')) ?? '0');
}

function eventValue(event: string, key: string): string | null {
  const line = event.split('\n').find((entry) => entry.startsWith(`${key}=`));
  return line?.slice(key.length + 1) ?? null;
}

function listDir(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    // Without sysfs there is nothing to find here.
    return [];
  }
}

function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    // sysfs has a file only where the driver knows the answer.
    return null;
  }
}

function realPath(path: string): string | null {
  try {
    // The one that asks the kernel: the other looks at each component itself.
    return realpathSync.native(path);
  } catch {
    // The device went away, or never was.
    return null;
  }
}
