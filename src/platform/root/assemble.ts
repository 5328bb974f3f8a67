/**
 * Puts base and upper together, and believes only what the kernel shows afterwards.
 *
 * Invariant: `mount` can succeed with fewer layers than it was given, and overlay turns read-only by itself when it
 * cannot write its work directory; so the result is read back from mountinfo before anything is done with it.
 */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { lowerLayers, type MountEntry, mountAt, optionValue } from '../../core/root/mountinfo.ts';
import { overlayOptions } from '../../core/root/overlay-options.ts';
import { mount, mountEntries, unmountBelow } from './mounting.ts';
import type { Places } from './places.ts';
import { runTool } from './tools.ts';
import type { Upper } from './upper.ts';

/** @throws BootError IO or CONTENT; the new root is not mounted then */
export function mountOverlay(upper: Upper, places: Places, deviceNumber: string | null): void {
  const layers = {
    lower: [relative(places.runDir, places.base)],
    upper: relative(places.runDir, upper.upper),
    work: relative(places.runDir, upper.work),
  };
  mkdirSync(places.newRoot, { recursive: true });
  mount({
    type: 'overlay',
    source: 'lifeboot',
    target: places.newRoot,
    options: overlayOptions(layers, overlayParameters()),
    cwd: places.runDir,
  });
  const wrong = findFault(mountEntries(), layers, places, deviceNumber);
  if (wrong === null) return;
  unmountBelow([places.newRoot]);
  throw new BootError('IO', `the assembled root is not what was asked for: ${wrong}`);
}

/** @returns what is wrong with the assembled root, or null */
function findFault(
  entries: readonly MountEntry[],
  asked: { readonly lower: readonly string[]; readonly upper: string; readonly work: string },
  places: Places,
  deviceNumber: string | null,
): string | null {
  const root = mountAt(entries, places.newRoot);
  if (root === undefined || root.type !== 'overlay') return `'${places.newRoot}' shows ${root?.type ?? 'nothing'}`;
  const lower = lowerLayers(root.superOptions);
  if (lower.join(':') !== asked.lower.join(':'))
    return `it has the layers '${lower.join(':')}', not '${asked.lower.join(':')}'`;
  const wanted = { upperdir: asked.upper, workdir: asked.work };
  for (const [name, value] of Object.entries(wanted)) {
    const shown = optionValue(root.superOptions, name);
    if (shown !== value) return `${name} is '${shown ?? ''}', not '${value}'`;
  }
  if (!root.superOptions.includes('rw')) return 'it turned read-only, because its work directory cannot be written';
  const base = mountAt(entries, places.base);
  if (base === undefined) return 'the base is not mounted';
  // Btrfs shows a number of its own making.
  if (base.type !== 'btrfs' && deviceNumber !== null && base.device !== deviceNumber) {
    return `the base is device ${base.device}, not ${deviceNumber}`;
  }
  return null;
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
function overlayParameters(): readonly string[] {
  const dir = '/sys/module/overlay/parameters';
  try {
    return readdirSync(dir);
  } catch {
    // Built without parameters, or not loaded yet: then load it, so that the options can be pinned.
    runTool(['modprobe', 'overlay']);
    return readdirSync(dir);
  }
}
