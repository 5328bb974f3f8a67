/**
 * Tells what a slot holds while a system is running, for `status` and `switch`, and leaves nothing mounted.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundBase } from '../../core/boot/facts.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import { readSuperblock } from './base-facts.ts';
import { type FindDevice, findDevice } from './find-device.ts';
import { describeBase, readOnlyOptions, typeOf } from './mount-base.ts';
import { mount, mountEntries, unmountBelow } from './mounting.ts';
import { recognise } from './probe-device.ts';

/**
 * @param root the device as configured; @param recorded the one of the last proof, to choose among two of one name
 * @throws BootError ABSENT, CONTENT or IO
 */
export function inspectBase(
  root: string,
  recorded: RecordedDevice | null,
  { find = findDevice, runDir = '/run/lifeboot' }: { readonly find?: FindDevice; readonly runDir?: string } = {},
): FoundBase {
  const device = recognise(find(root, { waitSeconds: 0, recorded }));
  const superblock = readSuperblock(device);
  const type = typeOf(device);
  // A file system that is in use cannot be mounted a second time with other options: look through the mount it has.
  const mounted = mountEntries().find((entry) => entry.root === '/' && entry.device === device.number);
  if (mounted !== undefined) return describeBase(device, superblock, mounted.point);
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'inspect-'));
  try {
    mount({ type, source: device.path, target: dir, options: readOnlyOptions(device) });
    return describeBase(device, superblock, dir);
  } finally {
    unmountBelow([dir]);
    rmdirSync(dir);
  }
}
