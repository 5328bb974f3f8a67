/**
 * An image file on a partition as the base: mounted read-only through a loop device.
 *
 * Invariant: the path is resolved inside that file system and never leads out of it. The loop device belongs to the
 * mount: the kernel frees it with the last unmount, so none is ever left behind.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import type { FoundDevice } from './find-device.ts';
import { loadLoop } from './load-loop.ts';
import { mount } from './mounting.ts';
import { probeFile, recognise } from './probe-device.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode } from './tools.ts';

/**
 * An image as if it were a device; it has no number before it is mounted.
 * @param root where its file system is mounted; @param carrier the device of that
 * @throws BootError ABSENT when there is no such file; CONTENT; IO
 */
export function findImage(root: string, image: string, carrier: FoundDevice): FoundDevice {
  const path = resolveInRoot(root, image);
  const sizeBytes = sizeOf(path, image, carrier);
  const { partuuid, serial, removable } = carrier;
  const probed = recognise(probeFile(path));
  if (probed.type === null) {
    throw new BootError('CONTENT', `no file system was recognised in the image '${image}' on '${carrier.path}'`, {
      hint: 'the image is damaged, compressed or of a whole disk: put the image of a file system there',
    });
  }
  return { ...probed, path, number: null, sizeBytes: BigInt(sizeBytes), partuuid, serial, removable, notes: [] };
}

function sizeOf(path: string, image: string, carrier: FoundDevice): number {
  let found: ReturnType<typeof lstatSync>;
  try {
    found = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) !== 'ENOTDIR')
      throw new BootError('IO', `cannot look at the image '${image}'`, { cause: error });
  }
  if (found === undefined) {
    throw new BootError('ABSENT', `there is no image '${image}' on '${carrier.path}'`, {
      hint: "put it there, or correct the slot's `image`",
    });
  }
  if (!found.isFile()) throw new BootError('CONTENT', `the image '${image}' on '${carrier.path}' is no regular file`);
  return Number(found.size);
}

/** @param options as for a device of its kind. @throws BootError CONTENT or IO */
export function mountImage(image: FoundDevice, dir: string, options: string): void {
  loadLoop();
  mkdirSync(dir, { recursive: true });
  mount({ type: image.type ?? '', source: image.path, target: dir, options: `${options},loop` });
}
