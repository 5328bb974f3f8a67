/**
 * A kernel without overlay, or without the file system of a root: modules are taken out of the initramfs of small guests, as
 * a kernel that was upgraded without its image lacks them. Three boots of about twenty seconds each under emulation.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { type BootOptions, bootNode, makeImage, makeNodeDisk } from '../boot-path/small-node.ts';
import { makeExt4, overwritePartition, type Partition } from '../support/disk.ts';
import { ensureKernel, type Kernel } from '../support/kernel.ts';
import { newRunDir, repoDir } from '../support/places.ts';
import { runTool } from '../support/run-tool.ts';

const dir = newRunDir('old-trouble-kernel');
const OVERLAY = 'kernel/fs/overlayfs/overlay.ko';
const CONFIG = '[state]\ndevice = "PARTLABEL=lifeboot-state"\n[upper]\nkind = "tmpfs"\n';

/** The cloud kernel with some modules taken away. */
function kernelWithout(name: string, ...modules: readonly string[]): Kernel {
  const kernel = ensureKernel();
  const modulesDir = join(dir, name, 'lib/modules', kernel.version);
  mkdirSync(dirname(modulesDir), { recursive: true });
  runTool('cp', ['-al', kernel.modulesDir, modulesDir]);
  for (const module of modules) rmSync(join(modulesDir, module));
  // Hard links: depmod would write through them into the cache.
  runTool('sh', ['-c', 'rm -f "$1"/modules.dep* "$1"/modules.alias* "$1"/modules.symbols*', 'sh', modulesDir]);
  runTool('depmod', ['-b', join(dir, name), kernel.version]);
  return { ...kernel, modulesDir };
}

/** Boots a fresh small node whose image lacks these modules. */
async function bootWithout(name: string, modules: readonly string[], roots: readonly string[], disk: string) {
  const kernel = kernelWithout(name, ...modules);
  const binary = join(repoDir, 'dist/lifeboot');
  const initrd = makeImage({ dir, name, roots, kernel, binary, config: CONFIG });
  const options: BootOptions = { dir, name, initrd, disk };
  const text = await bootNode(options);
  const info = JSON.parse(/^NODE boot=(.*)$/m.exec(text)?.[1] ?? 'null') as {
    slot: string | null;
    mode: string;
    trace: string[];
    degraded: string[];
  };
  return { text, info };
}

/** The modules of a kernel in root-a, with a modprobe, as a distribution has them. */
function layOverlay(disk: string, partitions: readonly Partition[]): void {
  const { version, modulesDir } = ensureKernel();
  const tree = join(dir, 'with-modules/a');
  const into = join(tree, 'lib/modules', version);
  mkdirSync(dirname(join(into, OVERLAY)), { recursive: true });
  cpSync(join(modulesDir, OVERLAY), join(into, OVERLAY));
  runTool('depmod', ['-b', tree, version]);
  symlinkSync('/bin/busybox', join(tree, 'sbin/modprobe'));
  const image = join(dir, 'a-with-modules.img');
  makeExt4({ target: image, sizeMiB: 24, label: 'root-a', tree });
  overwritePartition(disk, partitions, 'root-a', image);
}

const PARTITIONS: readonly Partition[] = [
  { name: 'root-a', sizeMiB: 24 },
  { name: 'root-b', sizeMiB: 24 },
  { name: 'system-data', sizeMiB: 24 },
  { name: 'lifeboot-state', sizeMiB: 1 },
];

spec('an initramfs that does not fit its kernel', {
  'takes overlay from the root that it boots': async () => {
    mkdirSync(join(dir, 'with-modules'));
    const disk = makeNodeDisk(join(dir, 'with-modules'));
    layOverlay(disk, PARTITIONS);
    const { info, text } = await bootWithout('overlay-in-root', [OVERLAY], ['PARTLABEL=root-a'], disk);
    assert.deepEqual([info.slot, info.mode], ['a', 'normal'], info.trace.join('\n'));
    assert.match(text, /NODE mount \/ lifeboot overlay /);
  },
  'boots read-only, with its identity, where there is no overlay at all': async () => {
    mkdirSync(join(dir, 'plain'));
    const disk = makeNodeDisk(join(dir, 'plain'));
    const { info, text } = await bootWithout('no-overlay', [OVERLAY], ['PARTLABEL=root-a'], disk);
    assert.deepEqual([info.slot, info.mode], [null, 'fallback']);
    assert.match(text, /this kernel has no overlay, neither here nor in the root/);
    assert.match(info.degraded.join('\n'), /no overlay: '\S+' is booted read-only, with copies of/);
    assert.match(text, /NODE file \/etc\/hostname 640 5\nNODE file \/etc\/machine-id 444 33/);
    assert.match(text, /NODE mount \/ \S+ ext4 ro,/);
  },
  'goes on to a root that it can read, and does not call the other bad': async () => {
    mkdirSync(join(dir, 'squash'));
    const disk = makeNodeDisk(join(dir, 'squash'));
    const roots = ['PARTLABEL=root-b', 'PARTLABEL=root-a'];
    const { info, text } = await bootWithout('no-squashfs', ['kernel/fs/squashfs/squashfs.ko'], roots, disk);
    assert.deepEqual([info.slot, info.mode], ['b', 'normal'], 'the second slot, which is the partition root-a');
    assert.match(info.trace.join('\n'), /slot a failed in mountBase: cannot mount '\S+' \(squashfs\)/);
    assert.doesNotMatch(info.trace.join('\n'), /slot a is bad/);
    assert.match(text, /NODE root=a pid=1/);
  },
});
