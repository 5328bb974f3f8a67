/** Kernel to real init in a guest: the standalone image beside a floor and Debian's own, same kernel and disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyDisk } from '../test/vm/support/disk.ts';
import { ensureKernel } from '../test/vm/support/kernel.ts';
import { buildDir } from '../test/vm/support/places.ts';
import { withGuest } from '../test/vm/support/qemu.ts';
import { ensureBenchDisk, ensureDebianImage, ensureFloorImage, ensureStandaloneImage } from './guest-images.ts';
import { medianOf } from './measure.ts';
import type { Finding } from './report.ts';
import { measureInitramfs } from './size.ts';

const ROUNDS = 5;
const LIMIT_MS = 180_000;
const FLOOR_BUDGET = 2.3;
const DEBIAN_BUDGET = 0.75;

interface Variant {
  readonly name: string;
  readonly initrd: string;
  readonly cmdline: string;
}

/** One boot on a fresh copy of the disk: seconds from the kernel's start to the real init. */
async function bootSeconds(disk: string, { name, initrd, cmdline }: Variant): Promise<number> {
  const dir = mkdtempSync(join(buildDir, 'bench', 'boot-'));
  try {
    const copy = join(dir, 'disk.img');
    copyDisk(disk, copy);
    const options = {
      kernel: ensureKernel().vmlinuz,
      initrd,
      cmdline: `console=ttyS0 quiet panic=-1 ${cmdline}`,
      disks: [copy],
      logFile: join(buildDir, 'bench', `${name}.log`),
      endOnReboot: true,
    };
    return await withGuest(options, async (guest) => {
      const { text } = await guest.waitForLine(/^BENCH init=/, LIMIT_MS);
      const found = /^BENCH init=([\d.]+) root=(\w+)/.exec(text);
      if (found?.[2] !== 'overlay') throw new Error(`${name} entered no overlay: ${text}`);
      return Number(found[1]);
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function measureGuest(): Promise<Finding[]> {
  const disk = ensureBenchDisk();
  const standalone = ensureStandaloneImage();
  const variants: readonly Variant[] = [
    { name: 'floor', initrd: ensureFloorImage(), cmdline: '' },
    { name: 'lifeboot', initrd: standalone, cmdline: '' },
    {
      name: 'initramfs-tools',
      initrd: await ensureDebianImage(disk),
      cmdline: 'root=LABEL=root-a overlayroot=device:dev=LABEL=system-data',
    },
  ];
  const seconds: Record<string, number[]> = { floor: [], lifeboot: [], 'initramfs-tools': [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const variant of variants) {
      const value = await bootSeconds(disk, variant);
      seconds[variant.name]?.push(value);
      console.log(`     round ${round} of ${ROUNDS}: ${variant.name} ${value.toFixed(2)} s`);
    }
  }
  const median = (name: string): number => medianOf(seconds[name] ?? []);
  const detail = variants.map(({ name }) => `${name} ${median(name).toFixed(2)} s`).join(', ');
  const ratio = (to: string): number => median('lifeboot') / median(to);
  const what = 'guest, kernel to init, to';
  return [
    measureInitramfs(standalone),
    { what: `${what} floor`, value: ratio('floor'), budget: FLOOR_BUDGET, unit: 'x', detail },
    { what: `${what} initramfs-tools`, value: ratio('initramfs-tools'), budget: DEBIAN_BUDGET, unit: 'x', detail },
  ];
}
