/**
 * Makes a whole node from nothing: Debian root with lifeboot, its disk with the boot state, its initramfs.
 *
 * Effects on build/ only; kept there, keyed by all it was made from. Only the last of each name is kept.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeNodeTree, put } from './debian-root.ts';
import { makeDisk, makeExt4, type Partition } from './disk.ts';
import { ensureKernel, type Kernel } from './kernel.ts';
import { keyPair } from './keys.ts';
import { cached, keyOf, repoDir, sourcesOf } from './places.ts';
import { runTool } from './run-tool.ts';

export interface NodeImageOptions {
  readonly name: string;
  /** `/etc/lifeboot/lifeboot.toml`. */
  readonly config: string;
  /** Our own `/init`, or what Debian's `update-initramfs` makes of the installed hook. */
  readonly initramfs: 'standalone' | 'initramfs-tools';
  /** Default: the cloud kernel. Its modules are in the root by the root's own doing. */
  readonly kernel?: Kernel;
  /** What the slots hold; default: a Debian with systemd. */
  readonly root?: RootKind;
}

/** Another kind of root than Debian's. */
export interface RootKind {
  readonly sizeMiB: number;
  /** Changes when what `makeTree` makes does. */
  readonly key: string;
  /** Fills the directory `tree` with a root that has lifeboot and this configuration. */
  makeTree(tree: string, config: string): void;
}

export interface NodeImage {
  readonly kernel: Kernel;
  readonly initrd: string;
  /** The pristine disk; copied before a guest may write. */
  readonly disk: string;
  /** The file system that is in both slots, to be changed and written into one. */
  readonly rootImage: string;
}

export const ROOT_MIB = 560;
const DATA_MIB = 384;

const DEBIAN: RootKind = {
  sizeMiB: ROOT_MIB,
  key: '',
  makeTree: (tree, config) => makeNodeTree(tree, { config, lifeboot: true }),
};

/** The node's partitions, in order; the images are those of the pristine disk. */
export function nodePartitions(image?: (name: string) => string, rootMiB = ROOT_MIB): Partition[] {
  const from = (name: string) => (image === undefined ? {} : { image: image(name) });
  return [
    { name: 'lifeboot-state', sizeMiB: 1, ...from('state') },
    { name: 'root-a', sizeMiB: rootMiB, ...from('root') },
    { name: 'root-b', sizeMiB: rootMiB, ...from('root') },
    { name: 'recovery', sizeMiB: rootMiB, ...from('recovery') },
    { name: 'system-data', sizeMiB: DATA_MIB, ...from('data') },
  ];
}

/** What the images are made from, besides the packages and the configuration. */
const PARTS = ['dist/lifeboot', 'bootconfig', 'initramfs', 'scripts/install', 'test/vm/support'];

/** Changes with everything that the image is made from. */
export function nodeImageKey({ initramfs, config, kernel, root = DEBIAN }: NodeImageOptions): string {
  const version = kernel === undefined ? [] : [kernel.version];
  return keyOf(...version, initramfs, config, root.key, keyPair('node-host').publicText, ...sourcesOf(PARTS));
}

export function ensureNodeImage(options: NodeImageOptions): NodeImage {
  const kernel = options.kernel ?? ensureKernel();
  const key = nodeImageKey(options);
  const node = cached(`node-${options.name}`, key, (target) => makeNode(target, kernel, options));
  return {
    kernel,
    initrd: join(node, 'initramfs.img'),
    disk: join(node, 'disk.img'),
    rootImage: join(node, 'root.part'),
  };
}

function makeNode(target: string, kernel: Kernel, { config, initramfs, root = DEBIAN }: NodeImageOptions): void {
  mkdirSync(target, { recursive: true });
  const tree = join(target, 'tree');
  const initrd = join(target, 'initramfs.img');
  root.makeTree(tree, config);
  put(tree, 'usr/lib/lifeboot/base-id', 'field-os 1.0\n');
  if (initramfs === 'standalone') makeStandalone(tree, kernel, initrd);
  else makeByInitramfsTools(tree, kernel, initrd);
  makeNodeDisk(target, tree, root.sizeMiB);
  rmSync(tree, { recursive: true, force: true });
}

function makeStandalone(tree: string, kernel: Kernel, output: string): void {
  const config = join(tree, 'etc/lifeboot/lifeboot.toml');
  const args = ['--config', config, '--identity-root', tree, '--modules', kernel.modulesDir, '--output', output];
  runTool(join(repoDir, 'initramfs/mkinitramfs'), args);
}

/** What `update-initramfs` does on a node, in a chroot; its /proc lives and dies with a mount namespace of its own. */
export function makeByInitramfsTools(tree: string, kernel: Kernel, output: string): void {
  const inside = 'mount -t proc proc "$1/proc" && exec chroot "$1" update-initramfs -c -k "$2"';
  runTool('unshare', ['--mount', 'sh', '-ec', inside, 'sh', tree, kernel.version]);
  copyFileSync(join(tree, 'boot', `initrd.img-${kernel.version}`), output);
}

function makeNodeDisk(target: string, tree: string, rootMiB: number): void {
  const image = (name: string): string => join(target, `${name}.part`);
  makeExt4({ target: image('root'), sizeMiB: rootMiB, label: 'field-os', tree });
  makeExt4({ target: image('recovery'), sizeMiB: rootMiB, label: 'recovery-root', tree });
  makeExt4({ target: image('data'), sizeMiB: DATA_MIB, label: 'system-data' });
  makeState(image('state'), join(tree, 'etc/lifeboot/lifeboot.toml'));
  makeDisk(join(target, 'disk.img'), nodePartitions(image, rootMiB));
  for (const name of ['recovery', 'data', 'state']) rmSync(image(name));
}

/** An image builder's step: every slot is recorded as a trial that has never been booted. */
function makeState(path: string, config: string): void {
  runTool('truncate', ['-s', '1M', path]);
  runTool(join(repoDir, 'dist/lifeboot'), ['state', 'init', '--state', path, '--config', config]);
}
