/**
 * Tells what a slot holds while a system is running, for `status` and `switch`, and leaves nothing mounted.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundBase } from '../../core/boot/facts.ts';
import type { BaseSource } from '../../core/root/base-source.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import { readSuperblock } from './base-facts.ts';
import { withBaseInside } from './base-inside.ts';
import { type FindDevice, findDevice } from './find-device.ts';
import { describeBase, readOnlyOptions, typeOf } from './mount-base.ts';
import { placeOf } from './mounted-device.ts';
import { mount, unmountBelow } from './mounting.ts';
import { recognise } from './probe-device.ts';

/**
 * @param source as configured; @param recorded the device of the last proof, to choose among two of one name
 * @throws BootError ABSENT, CONTENT or IO
 */
export function inspectBase(
  source: BaseSource,
  recorded: RecordedDevice | null,
  { find = findDevice, runDir = '/run/lifeboot' }: { readonly find?: FindDevice; readonly runDir?: string } = {},
): FoundBase {
  const device = recognise(find(source.root, { waitSeconds: 0, recorded }));
  const superblock = readSuperblock(device);
  const type = typeOf(device);
  const describe = (dir: string): FoundBase =>
    withBaseInside(source, { device, superblock, dir }, runDir, ({ deployment, notes }) =>
      describeBase(device, { ...superblock, notes }, deployment),
    );
  // A file system that is in use cannot be mounted a second time with other options: look through the mount it has.
  const mounted = placeOf(device);
  if (mounted !== null) return describe(mounted);
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'inspect-'));
  try {
    mount({ type, source: device.path, target: dir, options: readOnlyOptions(device) });
    return describe(dir);
  } finally {
    unmountBelow([dir]);
    rmdirSync(dir);
  }
}
