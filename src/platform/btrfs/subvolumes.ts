/**
 * Makes, seals and deletes subvolumes, by btrfs(8).
 *
 * Effects on the file system of the paths. A read-only subvolume can be renamed in its directory, and not moved to another.
 */
import { BootError } from '../../core/errors.ts';
import { tryTool, whyFailed } from '../root/tools.ts';
import { btrfsFailed } from './identify-subvolume.ts';

/** Dropping a large subvolume on a slow card, with others to be dropped before it. */
const LIMIT_MS = 10 * 60_000;

/**
 * A snapshot that can be written. What are subvolumes of their own in `from` are empty directories in it.
 * @throws BootError REFUSED without room or across file systems; IO
 */
export function makeSnapshot(from: string, to: string): void {
  const finished = tryTool(['btrfs', '-q', 'subvolume', 'snapshot', '--', from, to], { timeoutMs: LIMIT_MS });
  if (finished.status === 0) return;
  const said = whyFailed(finished);
  if (/cross-device|Invalid cross/i.test(said)) {
    throw new BootError('REFUSED', `'${from}' and '${to}' are on different file systems`, {
      hint: "a snapshot stays on its file system: [upper] device must be the one of the slot's `root`",
    });
  }
  throw btrfsFailed(`cannot make a snapshot of '${from}'`, finished);
}

/** Everything in it is on disk, and nobody can change it any more. @throws BootError IO */
export function sealSubvolume(path: string): void {
  flush(path);
  const finished = tryTool(['btrfs', 'property', 'set', '-ts', path, 'ro', 'true'], { timeoutMs: LIMIT_MS });
  if (finished.status !== 0) throw btrfsFailed(`cannot make '${path}' read-only`, finished);
  flush(path);
}

/** All that was done to its file system is on disk: names of subvolumes too. @throws BootError IO */
export function flush(path: string): void {
  const finished = tryTool(['sync', '-f', path], { timeoutMs: LIMIT_MS });
  if (finished.status !== 0) throw btrfsFailed(`cannot flush '${path}'`, finished);
}

/** Read-only or not. @throws BootError IO */
export function deleteSubvolume(path: string): void {
  const finished = tryTool(['btrfs', '-q', 'subvolume', 'delete', '--', path], { timeoutMs: LIMIT_MS });
  if (finished.status !== 0) throw btrfsFailed(`cannot delete the subvolume '${path}'`, finished);
}
