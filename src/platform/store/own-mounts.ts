/**
 * Gives this process a mount namespace of its own, so that nobody else sees what it mounts, and nothing of it is left
 * however the process ends: killed in the middle of a change, it leaves no mount and no loop device behind.
 *
 * Node cannot unshare itself; so the very same command line starts again under util-linux's `unshare`.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { findProgram } from '../ssh/find-program.ts';

export type Become = (file: string, argv: readonly string[], env: Readonly<Record<string, string>>) => never;

/** Set to the process that has started again: `unshare` and what it starts are the same process. */
const MARK = 'LIFEBOOT_OWN_MOUNTS';

/**
 * Comes back only in a namespace of its own. Call it before anything is done that should happen once.
 * @throws BootError UNAVAILABLE without `unshare`
 */
export function ownMounts(become: Become, env: Readonly<Record<string, string>>, pid: number): void {
  if (env[MARK] === String(pid)) return;
  const unshare = findProgram('unshare', undefined);
  if (unshare === null) {
    throw new BootError('UNAVAILABLE', "'unshare' is not installed", { hint: 'install util-linux' });
  }
  const [, ...words] = readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1);
  const self = readlinkSync('/proc/self/exe');
  // Slave: what the system unmounts goes away here too, and a disk is not kept busy by this process alone.
  const argv = ['unshare', '--mount', '--propagation', 'slave', '--', self, ...words];
  become(unshare, argv, { ...env, [MARK]: String(pid) });
}
