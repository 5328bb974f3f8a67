/**
 * Finds a block device by its configured name, and waits for it as long as it may.
 *
 * A look costs one `blkid`; while waiting, a new look is taken only when the kernel's list of partitions changed, and
 * once a second, because a label can also appear on a device that was there all along.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { type BlockDevice, isNamed, parseBlkidExport } from '../../core/root/blkid.ts';
import { chooseDevice, type RecordedDevice } from '../../core/root/choose-device.ts';
import { type DeviceName, parseDeviceName } from '../../core/root/device-name.ts';
import { type DeviceFacts, deviceFacts } from './sysfs.ts';
import { errorCode, pause, tryTool, whyFailed } from './tools.ts';

export interface FoundDevice extends BlockDevice, DeviceFacts {
  /** What an operator should know: two devices of one name, another device than at the last proof. */
  readonly notes: readonly string[];
}

export interface FindOptions {
  readonly waitSeconds: number;
  readonly recorded?: RecordedDevice | null;
}

const POLL_MS = 100;
const LOOK_AGAIN_MS = 1000;

/**
 * @param name `PARTLABEL=`, `PARTUUID=`, `LABEL=`, `UUID=` or an absolute path
 * @throws BootError ABSENT when it is not there in time; CONTENT when the path is no block device; CONFIG, IO
 */
export function findDevice(name: string, options: FindOptions): FoundDevice {
  const wanted = parseDeviceName(name);
  const end = performance.now() + options.waitSeconds * 1000;
  for (;;) {
    const seen = partitionList();
    const found = look(name, wanted, options.recorded ?? null);
    if (found !== null) return found;
    if (performance.now() >= end) throw absent(name, options.waitSeconds);
    const lookAgain = Math.min(end, performance.now() + LOOK_AGAIN_MS);
    do pause(POLL_MS);
    while (performance.now() < lookAgain && partitionList() === seen);
  }
}

function look(name: string, wanted: DeviceName, recorded: RecordedDevice | null): FoundDevice | null {
  const devices = wanted.kind === 'path' ? lookAtPath(wanted.path) : lookEverywhere(wanted);
  const candidates = devices.map((device) => ({ ...device, ...deviceFacts(device.path) }));
  const choice = chooseDevice(name, candidates, recorded);
  return choice === null ? null : { ...choice.chosen, notes: choice.note === null ? [] : [choice.note] };
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
  const real = realpathSync(path);
  const known = runBlkid([real]).find((device) => device.path === real);
  return [known ?? { path: real, type: null, uuid: null, label: null, partlabel: null, partuuid: null }];
}

function lookEverywhere(wanted: DeviceName): readonly BlockDevice[] {
  return runBlkid([]).filter((device) => isNamed(device, wanted));
}

/** The cache file is not used: it would need a writable /run, and could tell of an image that was replaced. */
function runBlkid(paths: readonly string[]): readonly BlockDevice[] {
  const finished = tryTool(['blkid', '-c', '/dev/null', '-o', 'export', ...paths]);
  // Status 2: nothing recognised.
  if (finished.status !== 0 && finished.status !== 2) {
    throw new BootError('IO', `cannot list block devices with 'blkid': ${whyFailed(finished)}`);
  }
  return parseBlkidExport(finished.stdout);
}

function partitionList(): string {
  try {
    return readFileSync('/proc/partitions', 'utf8');
  } catch {
    // Without the list a look is taken once a second.
    return '';
  }
}

function absent(name: string, waitSeconds: number): BootError {
  const waited = waitSeconds > 0 ? ` within ${waitSeconds} s` : '';
  return new BootError('ABSENT', `device '${name}' was not found${waited}`, {
    hint: 'check that the disk is connected, that its driver is in the initramfs, and its name with blkid',
  });
}
