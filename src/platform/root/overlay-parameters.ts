/**
 * What this kernel's overlay can be told, which is the one thing that tells its versions apart.
 */
import { readdirSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { tryTool } from './tools.ts';
import { waitForFileSystem } from './wait-for-modules.ts';

/** Names of the options that this kernel's overlay knows; the module is loaded on first use by `mount` itself. */
export function overlayParameters(base: string): readonly string[] {
  const dir = '/sys/module/overlay/parameters';
  try {
    return readdirSync(dir);
  } catch {
    // Built without parameters, or not loaded yet: then load it, so that the options can be pinned.
    loadOverlay(base);
    waitForFileSystem('overlay');
    return readdirSync(dir);
  }
}

/** A kernel that is newer than this image finds its modules in the root that it is to boot. @throws BootError IO */
function loadOverlay(base: string): void {
  if (tryTool(['modprobe', 'overlay']).status === 0) return;
  if (tryTool(['chroot', base, 'modprobe', 'overlay']).status === 0) return;
  throw new BootError('IO', 'this kernel has no overlay, neither here nor in the root', {
    hint: 'remake the initramfs for the kernel that is booted',
  });
}
