/**
 * The identity files that a slot's own medium carries, and the age of its initramfs.
 *
 * Reads only; the slot is mounted as the boot stage does it and unmounted again.
 */
import type { DeviceRecord } from '../../app/ports.ts';
import { expectedKernelFiles } from '../../core/repair/kernel-files.ts';
import type { MediumCopies } from '../../core/repair/medium-copies.ts';
import { sha256 } from '../../core/root/base-id.ts';
import { readWhole, statInRoot } from '../root/read-in-root.ts';
import { type ExamineOptions, withMountedRoot } from './examine-disk.ts';
import { namesIn } from './look-at-kernel.ts';

/** @throws BootError ABSENT, CONTENT, IO */
export function findCopies(
  root: string,
  recorded: DeviceRecord | null,
  files: readonly string[],
  options: ExamineOptions,
): MediumCopies {
  return withMountedRoot(root, recorded, options, (dir) => ({
    copies: files.map((path) => {
      const found = statInRoot(dir, path);
      if (found === null || !found.isFile() || found.size === 0) return { path, digest: null, modifiedMs: null };
      return { path, digest: sha256(readWhole(dir, path)), modifiedMs: found.mtimeMs };
    }),
    initramfsMs: newestInitramfs(dir),
  }));
}

function newestInitramfs(dir: string): number | null {
  const paths = expectedKernelFiles({ names: namesIn(dir, '/boot'), links: [], extlinux: null });
  const times = paths
    .filter((path) => /\/(initrd|initramfs)/.test(path))
    .flatMap((path) => statInRoot(dir, path)?.mtimeMs ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
