/**
 * Compares an assembled root with what was asked for.
 *
 * Pure. `mount` can succeed with fewer layers than it was given, another file system can lie under a layer's name, and
 * overlay turns read-only by itself when it cannot write its work directory.
 */
import { lowerLayers, type MountEntry, mountAt, optionValue } from './mountinfo.ts';
import type { OverlayLayers } from './overlay-options.ts';

export interface ExpectedRoot extends OverlayLayers {
  readonly newRoot: string;
  readonly base: string;
  /** `MAJOR:MINOR` of the base's device, or null: not known. */
  readonly deviceNumber: string | null;
}

/** @returns what is wrong, in words, or null */
export function overlayFault(entries: readonly MountEntry[], expected: ExpectedRoot): string | null {
  const root = mountAt(entries, expected.newRoot);
  if (root === undefined || root.type !== 'overlay') return `'${expected.newRoot}' shows ${root?.type ?? 'nothing'}`;
  const shown = {
    lowerdir: lowerLayers(root.superOptions).join(':'),
    upperdir: optionValue(root.superOptions, 'upperdir'),
    workdir: optionValue(root.superOptions, 'workdir'),
  };
  const asked = { lowerdir: expected.lower.join(':'), upperdir: expected.upper, workdir: expected.work };
  for (const name of ['lowerdir', 'upperdir', 'workdir'] as const) {
    if (shown[name] !== asked[name]) return `${name} is '${shown[name] ?? ''}', not '${asked[name]}'`;
  }
  if (!root.superOptions.includes('rw')) return 'it turned read-only, because its work directory cannot be written';
  return baseFault(mountAt(entries, expected.base), expected.deviceNumber);
}

function baseFault(base: MountEntry | undefined, deviceNumber: string | null): string | null {
  if (base === undefined) return 'the base is not mounted';
  // A Btrfs whose other subvolumes can be written is read-only at this one mount.
  const isReadOnly = base.superOptions.includes('ro') || (base.type === 'btrfs' && base.options.includes('ro'));
  if (!isReadOnly) return 'the base is mounted writable';
  // Btrfs shows a number of its own making.
  const differs = base.type !== 'btrfs' && deviceNumber !== null && base.device !== deviceNumber;
  return differs ? `the base is device ${base.device}, not ${deviceNumber}` : null;
}
