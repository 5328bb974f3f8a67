/**
 * The ids of Btrfs subvolumes, as bases and as layers.
 *
 * Pure. Invariant: a subvolume that somebody made writable and changed has another id, and a snapshot of it, too; one that
 * was mounted, renamed, or from which a snapshot was made has not.
 */
import { sha256 } from '../root/base-id.ts';
import type { SubvolumeIdentity } from './send-header.ts';

/** @returns 64 lower-case hex digits */
export function subvolumeDigest({ uuid, changedIn }: SubvolumeIdentity): string {
  return sha256(`lifeboot btrfs subvolume 1\n${uuid}\n${changedIn}\n`);
}
