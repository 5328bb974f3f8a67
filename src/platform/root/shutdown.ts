/**
 * Puts a small root at `/run/initramfs` with the program that systemd runs last.
 *
 * It is a memory file system of its own where `/run` is `noexec`, because systemd asks whether the file can be executed. systemd leaves mounts below `/run/initramfs` alone until then.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseElf } from '../../core/root/elf.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import { SHUTDOWN_SCRIPT } from '../../core/root/shutdown-script.ts';
import { mount, mountEntries } from './mounting.ts';
import type { Places } from './places.ts';
import { readHead } from './read-in-root.ts';

const BUSYBOX = ['/usr/bin/busybox', '/bin/busybox', '/sbin/busybox', '/usr/sbin/busybox'];
const LIBRARY_DIRS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64'].flatMap((dir) =>
  ['', '/x86_64-linux-gnu', '/aarch64-linux-gnu'].map((arch) => `${dir}${arch}`),
);

/** @returns why it could not be placed, or null */
export function placeShutdown(places: Places): string | null {
  const busybox = BUSYBOX.find((path) => existsSync(path));
  if (busybox === undefined) return 'there is no busybox in this image';
  const dir = join(places.run, 'initramfs');
  mkdirSync(dir, { recursive: true });
  const entries = mountEntries();
  // Without an entry of its own `/run` is a plain directory, as in tests.
  const isNoexec = mountAt(entries, places.run)?.options.includes('noexec') === true;
  if (isNoexec && mountAt(entries, dir) === undefined) {
    mount({ type: 'tmpfs', source: 'lifeboot-shutdown', target: dir, options: 'mode=0755,size=128m' });
  }
  for (const name of ['bin', 'proc', 'sys', 'dev', 'run', 'oldroot']) mkdirSync(join(dir, name), { recursive: true });
  copyProgram(busybox, join(dir, 'bin/busybox'), dir);
  writeFileSync(join(dir, 'shutdown'), SHUTDOWN_SCRIPT);
  chmodSync(join(dir, 'shutdown'), 0o755);
  return null;
}

/** Copies a program with its loader and libraries into another root, to the places where its loader looks for them. */
export function copyProgram(from: string, to: string, dir: string): void {
  copyTo(from, to);
  // Most are static, and then the head tells all.
  if (parseElf(readHead('/', from))?.interpreter == null) return;
  const elf = parseElf(readFileSync(from));
  if (elf?.interpreter == null) return;
  copyTo(elf.interpreter, join(dir, elf.interpreter));
  for (const name of elf.needed) {
    const library = LIBRARY_DIRS.map((place) => join(place, name)).find((path) => existsSync(path));
    if (library !== undefined) copyTo(library, join(dir, library));
  }
}

function copyTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}
