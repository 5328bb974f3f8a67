/**
 * Puts base and upper together, and believes only what the kernel shows afterwards.
 *
 * Invariant: `mount` can succeed with fewer layers than it was given, and overlay turns read-only by itself when it
 * cannot write its work directory; so the result is read back from mountinfo before anything is done with it.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { overlayFault } from '../../core/root/overlay-fault.ts';
import { overlayOptions } from '../../core/root/overlay-options.ts';
import { mount, mountEntries, unmountBelow } from './mounting.ts';
import { overlayParameters } from './overlay-parameters.ts';
import type { Places } from './places.ts';
import { runTool } from './tools.ts';
import type { Upper } from './upper.ts';

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
