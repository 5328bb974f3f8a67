/**
 * Device numbers as the kernel writes them in sysfs and mountinfo.
 */

/** @param rdev of stat(2), in the encoding of makedev(3) @returns `MAJOR:MINOR` */
export function formatDeviceNumber(rdev: number): string {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
