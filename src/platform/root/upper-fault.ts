/**
 * Looks for what a kept upper has done to `/etc`: nobody can log in to a root without accounts, and it would use up all
 * of its attempts before a clean boot has its turn.
 *
 * Invariant: only what the base has and the root lacks counts, so an image without such a file is left alone.
 */
import type { Stats } from 'node:fs';
import { describeError } from '../../core/errors.ts';
import { statInRoot } from './read-in-root.ts';

type Kind = 'directory' | 'file' | 'file with something in it';

const NEEDED: Readonly<Record<string, Kind>> = {
  '/etc': 'directory',
  '/etc/passwd': 'file with something in it',
  '/etc/group': 'file with something in it',
  '/etc/ssh': 'directory',
  '/etc/ssh/sshd_config': 'file',
  '/etc/pam.d': 'directory',
  '/etc/systemd': 'directory',
};

/** @returns why this upper cannot be lived with, or null */
export function upperFault(base: string, root: string): string | null {
  for (const [path, kind] of Object.entries(NEEDED)) {
    try {
      if (is(statInRoot(base, path), kind) && !is(statInRoot(root, path), kind)) {
        return `the kept upper hides '${path}', which is a ${kind} in the base`;
      }
    } catch (error) {
      return `the kept upper breaks '${path}': ${describeError(error)}`;
    }
  }
  return null;
}

function is(found: Stats | null, kind: Kind): boolean {
  if (found === null) return false;
  if (kind === 'directory') return found.isDirectory();
  return found.isFile() && (kind === 'file' || found.size > 0);
}
