/**
 * Makes the demo's node from nothing: Debian root, lifeboot on it, its disk with the boot state, its initramfs.
 *
 * Effects on build/ only. Everything is kept there, keyed by what it was made from.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { debianTar, makeNodeTree, put } from '../test/vm/support/debian-root.ts';
import { makeDisk, makeExt4, type Partition } from '../test/vm/support/disk.ts';
import { ensureKernel, type Kernel } from '../test/vm/support/kernel.ts';
import { keyPair } from '../test/vm/support/keys.ts';
import { cached, keyOf, repoDir } from '../test/vm/support/places.ts';
import { runTool } from '../test/vm/support/run-tool.ts';
import { say } from './events.ts';
import { nodeConfig } from './node-config.ts';

export interface PreparedNode {
  readonly kernel: Kernel;
  readonly initrd: string;
  /** The pristine disk; copied before a guest may write. */
  readonly disk: string;
}

const ROOT_MIB = 560;
const DATA_MIB = 384;

/** Says how long a step took; steps that find their result in the cache take no time. */
function timed<T>(what: string, step: () => T): T {
  const before = Date.now();
  const result = step();
  say('demo', `${what}: ${((Date.now() - before) / 1000).toFixed(1)} s`);
  return result;
}

export function prepareNode(): PreparedNode {
  const kernel = timed("fetch Debian's cloud kernel", ensureKernel);
  timed('make a Debian 12 root with mmdebstrap', debianTar);
  const key = keyOf(nodeConfig, keyPair('node-host').publicText, ...sourcesOf(PARTS));
  const node = timed('lay lifeboot on it, make the disk and the initramfs', () =>
    cached('demo-node', key, (target) => makeNode(target, kernel)),
  );
  return { kernel, initrd: join(node, 'initramfs.img'), disk: join(node, 'disk.img') };
}

/** What the node's images are made from, besides the packages. */
const PARTS = ['dist/lifeboot', 'bootconfig', 'initramfs', 'scripts/install', 'demo/prepare.ts', 'test/vm/support'];

function sourcesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const full = join(repoDir, path);
    if (!existsSync(full)) return [];
    if (!statSync(full).isDirectory()) return [path, readFileSync(full, 'latin1')];
    return sourcesOf(
      readdirSync(full)
        .sort()
        .map((name) => join(path, name)),
    );
  });
}

function makeNode(target: string, kernel: Kernel): void {
  mkdirSync(target, { recursive: true });
  const tree = join(target, 'tree');
  try {
    makeNodeTree(tree, { config: nodeConfig, lifeboot: true });
    put(tree, 'usr/lib/lifeboot/base-id', 'field-os 1.0\n');
    makeInitramfs(tree, kernel, join(target, 'initramfs.img'));
    makeNodeDisk(target, tree);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function makeInitramfs(tree: string, kernel: Kernel, output: string): void {
  const config = join(tree, 'etc/lifeboot/lifeboot.toml');
  runTool(join(repoDir, 'initramfs/mkinitramfs'), [
    '--config',
    config,
    '--modules',
    kernel.modulesDir,
    '--output',
    output,
  ]);
}

function makeNodeDisk(target: string, tree: string): void {
  const image = (name: string): string => join(target, `${name}.part`);
  makeExt4({ target: image('root'), sizeMiB: ROOT_MIB, label: 'field-os', tree });
  makeExt4({ target: image('recovery'), sizeMiB: ROOT_MIB, label: 'recovery-root', tree });
  makeExt4({ target: image('data'), sizeMiB: DATA_MIB, label: 'system-data' });
  makeState(image('state'), join(tree, 'etc/lifeboot/lifeboot.toml'));
  const partitions: Partition[] = [
    { name: 'lifeboot-state', sizeMiB: 1, image: image('state') },
    { name: 'root-a', sizeMiB: ROOT_MIB, image: image('root') },
    { name: 'root-b', sizeMiB: ROOT_MIB, image: image('root') },
    { name: 'recovery', sizeMiB: ROOT_MIB, image: image('recovery') },
    { name: 'system-data', sizeMiB: DATA_MIB, image: image('data') },
  ];
  makeDisk(join(target, 'disk.img'), partitions);
  for (const name of ['root', 'recovery', 'data', 'state']) rmSync(image(name));
}

/** An image builder's step: every slot is recorded as a trial that has never been booted. */
function makeState(path: string, config: string): void {
  runTool('truncate', ['-s', '1M', path]);
  runTool(join(repoDir, 'dist/lifeboot'), ['state', 'init', '--state', path, '--config', config]);
}
