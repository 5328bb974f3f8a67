/**
 * Brings the node's identity into the initramfs itself, where rescue needs it: from the data partition, where a renewed
 * key is, or from the copy in the image.
 *
 * Invariant: writes to `/` only in an initramfs, and leaves nothing mounted: an operator may have to repair that disk.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openData } from './data-partition.ts';
import type { FindDevice } from './find-device.ts';
import { unmountBelow } from './mounting.ts';
import { placeIdentityFiles } from './place-identity.ts';
import type { Places } from './places.ts';

export interface BringRequest {
  readonly files: readonly string[];
  /** The data partition, or null: there is none. */
  readonly device: string | null;
  readonly removable?: boolean;
  readonly waitSeconds: number;
}

/** What the builders of an image leave in it, and no running system has. */
const MARK = 'etc/lifeboot/fallback-roots';

/** @returns what is degraded */
export function bringIdentity(
  { files, device, removable = false, waitSeconds }: BringRequest,
  { places, find }: { readonly places: Places; readonly find: FindDevice },
): readonly string[] {
  if (!existsSync(join(places.ownRoot, MARK))) return [];
  const data = openData(device, waitSeconds, { places, find, removable });
  try {
    return placeIdentityFiles({ files, kept: () => null, bound: [] }, data, { ...places, newRoot: places.ownRoot });
  } finally {
    unmountBelow([places.data]);
  }
}
