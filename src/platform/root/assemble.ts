/**
 * Puts base and upper together, and believes only what the kernel shows afterwards.
 *
 * Invariant: `mount` can succeed with fewer layers than it was given, and overlay turns read-only by itself when it
 * cannot write its work directory; so the result is read back from mountinfo before anything is done with it.
 */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { overlayFault } from '../../core/root/overlay-fault.ts';
import { overlayOptions } from '../../core/root/overlay-options.ts';
import { mount, mountEntries, unmountBelow } from './mounting.ts';
import type { Places } from './places.ts';
import { runTool, tryTool } from './tools.ts';
import type { Upper } from './upper.ts';
import { waitForFileSystem } from './wait-for-modules.ts';

export interface Beneath {
  readonly places: Places;
  /** The layers on the base, top first, relative to the run directory. */
  readonly lower: readonly string[];
  /** `MAJOR:MINOR` of the base's device, or null: not known. */
  readonly deviceNumber: string | null;
}

/** @throws BootError IO or CONTENT; the new root is not mounted then */
export function mountOverlay(upper: Upper, { places, lower, deviceNumber }: Beneath): void {
  const layers = {
    lower: [...lower, relative(places.runDir, places.base)],
    upper: relative(places.runDir, upper.upper),
    work: relative(places.runDir, upper.work),
  };
  mkdirSync(places.newRoot, { recursive: true });
  mount({
    type: 'overlay',
    source: 'lifeboot',
    target: places.newRoot,
    options: overlayOptions(layers, overlayParameters(places.base)),
    cwd: places.runDir,
  });
  const expected = { ...layers, newRoot: places.newRoot, base: places.base, deviceNumber };
  const wrong = overlayFault(mountEntries(), expected);
  if (wrong === null) return;
  unmountBelow([places.newRoot]);
  throw new BootError('IO', `the assembled root is not what was asked for: ${wrong}`);
}

/** A root without an upper was writable only until it was complete. */
export function sealRoot(places: Places): void {
  // Only the flag: newer mount would repeat the layers too, which overlay refuses.
  runTool(['mount', '--options-mode', 'ignore', '-o', 'remount,ro', '--', places.newRoot]);
}

/**
 * systemd cannot see the disk behind an overlay; it follows this link for what it finds on the disk of the root.
 */
export function linkRealDisk(places: Places, deviceNumber: string | null): void {
  const link = join(places.run, 'systemd/volatile-root');
  rmSync(link, { force: true });
  if (deviceNumber === null) return;
  mkdirSync(join(places.run, 'systemd'), { recursive: true });
  symlinkSync(`/dev/block/${deviceNumber}`, link);
}

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
