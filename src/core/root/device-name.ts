/**
 * Names of block devices as a configuration writes them: `PARTLABEL=`, `PARTUUID=`, `LABEL=`, `UUID=`, or a path.
 *
 * Pure. The value is everything after the first `=`: labels may contain more of them.
 */
import { BootError } from '../errors.ts';

export const DEVICE_TAGS = ['PARTLABEL', 'PARTUUID', 'LABEL', 'UUID'] as const;
export type DeviceTag = (typeof DEVICE_TAGS)[number];

export type DeviceName =
  | { readonly kind: 'tag'; readonly tag: DeviceTag; readonly value: string }
  | { readonly kind: 'path'; readonly path: string };

/**
 * @param text such as `PARTLABEL=root-a` or `/dev/mmcblk0p1`
 * @throws BootError CONFIG when it is neither
 */
export function parseDeviceName(text: string): DeviceName {
  if (text.startsWith('/') && !text.includes('\0')) return { kind: 'path', path: text };
  const at = text.indexOf('=');
  const tag = DEVICE_TAGS.find((known) => known === text.slice(0, at));
  const value = text.slice(at + 1);
  if (at < 0 || tag === undefined || value === '') {
    throw new BootError('CONFIG', `'${text}' does not name a device`, {
      hint: `write ${DEVICE_TAGS.map((known) => `${known}=…`).join(', ')} or an absolute path`,
    });
  }
  return { kind: 'tag', tag, value };
}
