/**
 * What util-linux `blkid -o export` says of the block devices, and which of them a name means.
 *
 * Pure. Format: `KEY=value` lines, a blank line between devices; a backslash protects the character behind it.
 */
import type { DeviceName } from './device-name.ts';

export interface BlockDevice {
  readonly path: string;
  /** The file system, such as `ext4`; null: none was recognised. */
  readonly type: string | null;
  readonly uuid: string | null;
  readonly label: string | null;
  readonly partlabel: string | null;
  readonly partuuid: string | null;
}

/** A device of which nothing is known. */
export function unknownDevice(path: string): BlockDevice {
  return { path, type: null, uuid: null, label: null, partlabel: null, partuuid: null };
}

/** @param text the output of `blkid -c /dev/null -o export` */
export function parseBlkidExport(text: string): readonly BlockDevice[] {
  return text
    .split('\n\n')
    .map(parseDevice)
    .filter((device) => device !== null);
}

function parseDevice(block: string): BlockDevice | null {
  const values = new Map<string, string>();
  for (const line of block.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).replace(/\\(.)/g, '$1'));
  }
  const path = values.get('DEVNAME');
  if (path === undefined) return null;
  const get = (key: string): string | null => values.get(key) ?? null;
  return {
    path,
    type: get('TYPE'),
    uuid: get('UUID'),
    label: get('LABEL'),
    partlabel: get('PARTLABEL'),
    partuuid: get('PARTUUID'),
  };
}

/** @returns whether `name` means `device`. UUIDs are compared without regard to case, labels exactly. */
export function isNamed(device: BlockDevice, name: DeviceName): boolean {
  if (name.kind === 'path') return device.path === name.path;
  switch (name.tag) {
    case 'PARTLABEL':
      return device.partlabel === name.value;
    case 'LABEL':
      return device.label === name.value;
    case 'PARTUUID':
      return device.partuuid?.toLowerCase() === name.value.toLowerCase();
    case 'UUID':
      return device.uuid?.toLowerCase() === name.value.toLowerCase();
    default:
      return name.tag satisfies never;
  }
}
