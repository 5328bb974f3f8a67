/**
 * The kernel and initramfs that a slot carries itself: there, whole, and readable.
 *
 * Reads only, inside the slot: links are followed as a process in it would.
 */
import { readdirSync } from 'node:fs';
import { BOOT_LINKS, expectedKernelFiles, isKernelCut } from '../../core/repair/kernel-files.ts';
import type { PartFact, Trouble } from '../../core/repair/slot-facts.ts';
import { fileStats } from '../root/identity-files.ts';
import { readWhole, statInRoot } from '../root/read-in-root.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { errorCode } from '../root/tools.ts';
import { troubleOf } from './find-disk.ts';

const EXTLINUX = '/boot/extlinux/extlinux.conf';

/** @param root where the slot is mounted @returns nothing for a slot that boots with a shared kernel */
export function lookAtKernel(root: string): readonly PartFact[] {
  const links = BOOT_LINKS.filter((path) => fileStats(`${root}${path}`)?.isSymbolicLink() === true);
  const expected = expectedKernelFiles({ names: namesIn(root, '/boot'), links, extlinux: textOf(root, EXTLINUX) });
  return expected.map((path) => ({ path, trouble: lookAtFile(root, path) }));
}

function lookAtFile(root: string, path: string): Trouble | null {
  try {
    const found = statInRoot(root, path);
    if (found === null) return content(`'${path}' is missing`);
    if (!found.isFile()) return content(`'${path}' is not a regular file`);
    if (found.size === 0) return content(`'${path}' is empty`);
    return isKernelCut(readWhole(root, path), found.size) ? content(`'${path}' is cut off`) : null;
  } catch (error) {
    return troubleOf(error);
  }
}

function content(why: string): Trouble {
  return { kind: 'content', why };
}

function textOf(root: string, path: string): string | null {
  if (statInRoot(root, path)?.isFile() !== true) return null;
  return readWhole(root, path).toString('utf8');
}

/** The names in a directory of the slot; none where there is no such directory. */
export function namesIn(root: string, path: string): readonly string[] {
  try {
    return readdirSync(resolveInRoot(root, path));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
