/**
 * What the kernel tells of a block device in `/sys`: number, size, the disk it is on, serial, removable.
 *
 * Works without udev: in an initramfs there are only devtmpfs and sysfs. Everything that is missing is null.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface DeviceFacts {
  /** `MAJOR:MINOR`. */
  readonly number: string | null;
  readonly sizeBytes: bigint;
  readonly serial: string | null;
  readonly removable: boolean;
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
    return realpathSync(path);
  } catch {
    // The device went away, or never was.
    return null;
  }
}
