/**
 * A node small enough to boot in seconds: a busybox root on two partitions, and an initramfs with a stand-in for lifeboot.
 *
 * Effects only: files below the directory it is given. The roots say on the console what they were given, then switch off.
 */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseSource } from '../../../src/core/root/base-source.ts';
import { makeDisk, makeExt4, makeSquashfs, type Partition } from '../support/disk.ts';
import { ensureKernel, type Kernel } from '../support/kernel.ts';
import { repoDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const OWN_DIR = import.meta.dirname;

/** A root with busybox, our init and an fstab that would break a careless boot; returns its directory. */
function makeTree(dir: string, name: string): string {
  for (const sub of ['bin', 'sbin', 'etc', 'proc', 'sys', 'dev', 'run', 'usr/bin'])
    mkdirSync(join(dir, sub), { recursive: true });
  copyFileSync('/bin/busybox', join(dir, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'tr', 'stat', 'grep', 'ps', 'losetup', 'wc', 'cut'])
    symlinkSync('busybox', join(dir, 'bin', applet));
  copyFileSync(join(OWN_DIR, 'node-init'), join(dir, 'bin/node-init'));
  chmodSync(join(dir, 'bin/node-init'), 0o755);
  // Absolute: followed outside the new root it would lead nowhere.
  symlinkSync('/bin/node-init', join(dir, 'sbin/init'));
  writeFileSync(join(dir, 'usr/bin/systemctl'), '#!/bin/sh\n');
  chmodSync(join(dir, 'usr/bin/systemctl'), 0o755);
  writeFileSync(join(dir, 'etc/root-name'), `${name}\n`);
  writeFileSync(join(dir, 'etc/fstab'), 'LABEL=root-a / ext4 rw 0 1\nLABEL=missing /srv ext4 defaults 0 2\n');
  return dir;
}

/** Vda1 to 4 of the small node: ext4 `root-a`, squashfs `root-b`, ext4 `system-data`, the empty `lifeboot-state`, and what `more` adds. */
export function makeNodeDisk(dir: string, more: readonly Partition[] = []): string {
  const image = (name: string): string => join(dir, `${name}.img`);
  makeExt4({ target: image('a'), sizeMiB: 24, label: 'root-a', tree: makeTree(join(dir, 'a'), 'a') });
  makeSquashfs(image('b'), makeTree(join(dir, 'b'), 'b'));
  makeExt4({ target: image('data'), sizeMiB: 24, label: 'system-data' });
  const partitions: Partition[] = [
    { name: 'root-a', sizeMiB: 24, image: image('a') },
    { name: 'root-b', sizeMiB: 24, image: image('b') },
    { name: 'system-data', sizeMiB: 24, image: image('data') },
    { name: 'lifeboot-state', sizeMiB: 1 },
    ...more,
  ];
  makeDisk(join(dir, 'disk.img'), partitions);
  return join(dir, 'disk.img');
}

export interface ImageOptions {
  readonly dir: string;
  readonly name: string;
  /** The `[slots.*] root` values, in order; or what a slot has besides. */
  readonly roots: readonly (string | BaseSource)[];
  /** Further lines of lifeboot.toml. */
  readonly config?: string;
  /** Default: the cloud kernel. */
  readonly kernel?: Kernel;
  /** What is at /usr/bin/lifeboot; default: the stand-in. */
  readonly binary?: string;
}

/** Makes a standalone image by the real builder, with an identity of its own; the stand-in has twelve seconds, most of them for slow disks. */
export function makeImage({ dir, name, roots, config: more, binary, kernel }: ImageOptions): string {
  const identity = join(dir, 'identity');
  mkdirSync(join(identity, 'etc'), { recursive: true });
  writeFileSync(join(identity, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n', { mode: 0o444 });
  writeFileSync(join(identity, 'etc/hostname'), 'W023\n', { mode: 0o640 });
  const config = join(dir, `${name}.toml`);
  const slots = roots.map((root, index) => {
    const keys = Object.entries(typeof root === 'string' ? { root } : root).map(
      ([key, value]) => `${key} = "${value}"\n`,
    );
    return `[slots.${'abcdef'[index]}]\n${keys.join('')}`;
  });
  writeFileSync(config, `${slots.join('')}[identity]\nfiles = ["/etc/hostname"]\n${more ?? ''}`);
  const output = join(dir, `${name}.cpio.zst`);
  const args = ['--config', config, '--modules', (kernel ?? ensureKernel()).modulesDir, '--output', output];
  args.push('--identity-root', identity, '--limit', binary === undefined ? '12' : '60');
  args.push('--binary', binary ?? join(OWN_DIR, 'stub-lifeboot'));
  runTool(join(repoDir, 'initramfs/mkinitramfs'), args);
  return output;
}

export interface BootOptions {
  readonly dir: string;
  readonly name: string;
  readonly initrd: string;
  readonly disk: string;
  /** How the stand-in for lifeboot behaves. */
  readonly stub?: string;
  /** Further disks. */
  readonly moreDisks?: readonly string[];
  /** Further QEMU arguments. */
  readonly more?: readonly string[];
}

/** Boots once, until the machine is off or reboots, and returns what the console said. */
export async function bootNode(options: BootOptions): Promise<string> {
  const { dir, name, initrd, disk, stub, moreDisks = [], more = [] } = options;
  const machine = {
    kernel: ensureKernel().vmlinuz,
    initrd,
    cmdline: `console=ttyS0 quiet stub=${stub ?? ''}`,
    disks: [disk, ...moreDisks],
    more,
    logFile: join(dir, `${name}.log`),
    endOnReboot: true,
  };
  return withGuest(machine, async (guest: Guest) => {
    const late = setTimeout(() => void guest.powerCut(), 150_000);
    await guest.ended;
    clearTimeout(late);
    const text = guest.lines.map((line) => line.text).join('\n');
    console.log(`--- ${name}\n${text}`);
    return text;
  });
}
