/**
 * The identity files that a slot's own medium carries, compared with the node's, and the age of its initramfs.
 *
 * Reads only; the slot is mounted as the boot stage does it and unmounted again.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceRecord } from '../../app/ports.ts';
import { expectedKernelFiles } from '../../core/repair/kernel-files.ts';
import type { CopyOnMedium, MediumCopies } from '../../core/repair/medium-copies.ts';
import type { BaseSource } from '../../core/root/base-source.ts';
import { IDENTITY, STORE } from '../../core/root/store-names.ts';
import { readCopy } from '../root/identity-files.ts';
import { readWhole, statInRoot } from '../root/read-in-root.ts';
import { type ExamineOptions, withMountedRoot } from './examine-disk.ts';
import { namesIn } from './look-at-kernel.ts';

export interface CopiesRequest {
  readonly source: BaseSource;
  readonly recorded: DeviceRecord | null;
  readonly files: readonly string[];
  /** Where the node's own files are. */
  readonly own: string;
}

/** @throws BootError ABSENT, CONTENT, IO */
export function findCopies({ source, recorded, files, own }: CopiesRequest, options: ExamineOptions): MediumCopies {
  const data = join(options.runDir, 'data', STORE, IDENTITY);
  return withMountedRoot(source, recorded, options, (dir) => ({
    copies: files.flatMap((path) => compare(path, { dir, own, data }) ?? []),
    initramfsMs: newestInitramfs(dir),
  }));
}

/** @returns null when the node has no such file itself */
function compare(
  path: string,
  { dir, own, data }: { readonly dir: string; readonly own: string; readonly data: string },
): CopyOnMedium | null {
  const mine = readCopy(join(own, path));
  if (mine === null) return null;
  const ownModifiedMs = oldestOf(mine.bytes, [join(own, path), join(data, path)]);
  const found = statInRoot(dir, path);
  if (found === null || !found.isFile() || found.size === 0) {
    return { path, copy: 'missing', modifiedMs: null, ownModifiedMs };
  }
  const copy = readWhole(dir, path).equals(mine.bytes) ? 'same' : 'differs';
  return { path, copy, modifiedMs: found.mtimeMs, ownModifiedMs };
}

/** A file that was brought into this root has the time of this boot; the copy that it came from has its own. */
function oldestOf(bytes: Buffer, places: readonly string[]): number {
  const same = places.filter((place) => readCopy(place)?.bytes.equals(bytes) === true);
  return Math.min(...same.map((place) => statSync(place).mtimeMs));
}

function newestInitramfs(dir: string): number | null {
  const paths = expectedKernelFiles({ names: namesIn(dir, '/boot'), links: [], extlinux: null });
  const times = paths
    .filter((path) => /\/(initrd|initramfs)/.test(path))
    .flatMap((path) => statInRoot(dir, path)?.mtimeMs ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
