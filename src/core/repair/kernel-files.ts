/**
 * Which kernel files a slot says it has, so that a missing one is found before a boot misses it.
 *
 * Pure. A slot without any boots with a kernel that all slots share. Names as Debian, Fedora and extlinux write them.
 */
export interface BootListing {
  /** The names in the slot's `/boot`. */
  readonly names: readonly string[];
  /** Links that a bootloader follows and that are there, such as `/vmlinuz`. */
  readonly links: readonly string[];
  /** The text of `/boot/extlinux/extlinux.conf`, or null. */
  readonly extlinux: string | null;
}

export const BOOT_LINKS = ['/vmlinuz', '/initrd.img', '/boot/vmlinuz', '/boot/initrd.img'] as const;

/** @returns the paths that must be there, sorted */
export function expectedKernelFiles({ names, links, extlinux }: BootListing): readonly string[] {
  const kept = names.filter((name) => !/\.(bak|old|new|proven|id|dpkg-\w+|lifeboot-new)$/.test(name));
  const versions = (pattern: RegExp): readonly string[] => kept.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  const kernels = versions(/^vmlinuz-(.+)$/);
  const debian = versions(/^initrd\.img-(.+)$/);
  const fedora = versions(/^initramfs-(.+)\.img$/);
  const isAlone = (version: string): boolean => !debian.includes(version) && !fedora.includes(version);
  const style = (version: string): string =>
    debian.length > 0 ? `/boot/initrd.img-${version}` : `/boot/initramfs-${version}.img`;
  // A kernel may have been built to need no initramfs; among others that have one, it lost its own.
  const lost = debian.length + fedora.length > 0 ? kernels.filter(isAlone).map(style) : [];
  const paths = [
    ...kept.filter((name) => /^(vmlinu[xz]|[bz]?Image|uImage|initrd|initramfs)([-.].*)?$/.test(name)).map(inBoot),
    ...[...debian, ...fedora].map((version) => `/boot/vmlinuz-${version}`),
    ...lost,
    ...links,
    ...(extlinux === null ? [] : extlinuxPaths(extlinux)),
  ];
  return [...new Set(paths)].sort();
}

function inBoot(name: string): string {
  return `/boot/${name}`;
}

/** `LINUX /boot/Image`: relative paths are looked for beside the file, as extlinux does. */
function extlinuxPaths(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, path] = /^\s*(?:LINUX|KERNEL|INITRD|FDT|DEVICETREE)\s+(\S+)/i.exec(line) ?? [];
    if (path === undefined) return [];
    return path.split(',').map((one) => (one.startsWith('/') ? one : `/boot/extlinux/${one}`));
  });
}

/**
 * Whether an x86 kernel is shorter than its own header says (Documentation/arch/x86/boot.rst).
 * @param head at least the first 1 KiB of a file of `sizeBytes`
 */
export function isKernelCut(head: Uint8Array, sizeBytes: number): boolean {
  if (head.length < 0x210) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0x202, true) !== 0x53726448) return false;
  const setupSectors = view.getUint8(0x1f1) || 4;
  return (setupSectors + 1) * 512 + view.getUint32(0x1f4, true) * 16 > sizeBytes;
}
