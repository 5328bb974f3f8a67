/**
 * Finds a block device by its configured name, and waits for it as long as it may.
 *
 * While waiting, a new look is taken only when the kernel's list of partitions changed, and
 * once a second, because a label can also appear on a device that was there all along.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import type { BlockDevice } from '../../core/root/blkid.ts';
import { chooseDevice, isRecorded, type RecordedDevice } from '../../core/root/choose-device.ts';
import { parseDeviceName } from '../../core/root/device-name.ts';
import { listDevices } from './device-listing.ts';
import { probePath } from './probe-device.ts';
import { type DeviceFacts, deviceFacts } from './sysfs.ts';
import { errorCode, pause } from './tools.ts';

export interface FoundDevice extends BlockDevice, DeviceFacts {
  /** Its `type` is null where `recognise` was not asked yet. What an operator should know: two devices of one name, another device than at the last proof. */
  readonly notes: readonly string[];
}

export interface FindOptions {
  readonly waitSeconds: number;
  readonly recorded?: RecordedDevice | null;
}

/**
 * @param name `PARTLABEL=`, `PARTUUID=`, `LABEL=`, `UUID=` or an absolute path
 * @throws BootError ABSENT when it is not there in time; CONTENT when the path is no block device; CONFIG, IO
 */
export type FindDevice = (name: string, options: FindOptions) => FoundDevice;

const POLL_MS = 100;
const LOOK_AGAIN_MS = 1000;

/** Finds one device. See {@link FindDevice}. */
export function findDevice(name: string, { waitSeconds, recorded = null }: FindOptions): FoundDevice {
  const wanted = parseDeviceName(name);
  const end = performance.now() + waitSeconds * 1000;
  for (;;) {
    const seen = partitionList();
    const devices = wanted.kind === 'path' ? lookAtPath(wanted.path) : listDevices(wanted);
    const isLast = performance.now() >= end;
    const found = choose(name, devices, recorded);
    if (found !== null && (isLast || !isStrangeStick(found, recorded))) return found;
    if (isLast) throw absent(name, waitSeconds);
    const lookAgain = Math.min(end, performance.now() + LOOK_AGAIN_MS);
    do pause(POLL_MS);
    while (performance.now() < lookAgain && partitionList() === seen);
  }
}

function choose(name: string, devices: readonly BlockDevice[], recorded: RecordedDevice | null): FoundDevice | null {
  const candidates = devices.map((device) => ({ ...device, ...deviceFacts(device.path) }));
  const choice = chooseDevice(name, candidates, recorded);
  return choice === null ? null : { ...choice.chosen, notes: choice.note === null ? [] : [choice.note] };
}

/** A removable device of the right name, while the one of the last proof may still be starting up. */
function isStrangeStick(found: FoundDevice, recorded: RecordedDevice | null): boolean {
  return found.removable && recorded !== null && !isRecorded(found, recorded);
}

function lookAtPath(path: string): readonly BlockDevice[] {
  try {
    if (!statSync(path).isBlockDevice()) {
      throw new BootError('CONTENT', `'${path}' is not a block device`, { hint: 'name a partition or a disk' });
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  return [probePath(realpathSync.native(path))];
}

function absent(name: string, waitSeconds: number): BootError {
  const waited = waitSeconds > 0 ? ` within ${waitSeconds} s` : '';
  return new BootError('ABSENT', `device '${name}' was not found${waited}`, {
    hint: 'check that the disk is connected, that its driver is in the initramfs, and its name with blkid',
  });
}

/** The kernel's list of partitions, to see whether it changed. */
function partitionList(): string {
  try {
    return readFileSync('/proc/partitions', 'utf8');
  } catch {
    // Without it a look is taken once a second.
    return '';
  }
}
