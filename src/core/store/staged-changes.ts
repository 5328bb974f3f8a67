/**
 * What a command has changed, told from the names in its upper: nothing to speak of, or the kernel.
 *
 * Pure. Paths are relative to the root, without a leading slash.
 */

/** What every run of a package manager touches, whether it changes anything or not. */
const PASSING = [
  /^(tmp|run|proc|sys|dev)(\/|$)/,
  /^var\/(log|cache|tmp)(\/|$)/,
  /^var\/lib\/dpkg\/(lock|lock-frontend|triggers\/Lock|.*-old)$/,
  /^var\/lib\/apt\/(lists|periodic|daily_lock|extended_states)(\/|$)/,
  /^var\/lib\/(rpm|dnf|zypp)\/(\.rpm\.lock|.*\.(log|lock)|history\.sqlite.*)$/,
  /^etc\/(ld\.so\.cache)$/,
];

/** @returns whether a change of this path alone is not worth a layer */
export function isPassing(path: string): boolean {
  return PASSING.some((pattern) => pattern.test(path));
}

/** Kernels, images of the initramfs, modules: what stage 0 or the next kernel would need. */
export function bootPaths(paths: readonly string[]): readonly string[] {
  const files = paths.filter((path) => /^boot\/(vmlinuz|vmlinux|Image|initrd|initramfs|kernel)[^/]*$/.test(path));
  const modules = paths.flatMap((path) => /^(?:usr\/)?lib\/modules\/[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  return [...new Set([...files, ...modules])].sort();
}
