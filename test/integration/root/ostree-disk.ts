/**
 * A disk with a real OSTree repository, made by Debian's `ostree`, and what `ostree admin status` says of it, from outside
 * and from inside an assembled root.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { busybox, type Node, run, type Tree, withNode, writeTree } from './disks.ts';

/** What ostree wants of a tree: kernel and initramfs, `/usr/etc`, its links. */
const everyTree: Tree = {
  'usr/sbin/init': busybox,
  'usr/lib/modules/6.1/vmlinuz': 'kernel\n',
  'usr/lib/modules/6.1/initramfs.img': 'initramfs\n',
  'usr/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
  'usr/etc/hostname': 'from-the-commit\n',
  'usr/etc/ssh/': '',
  'var/': '',
  'boot/': '',
  'dev/': '',
  'proc/': '',
  'run/': '',
  'sys/': '',
  'sysroot/': '',
  'tmp/': '',
  root: '-> var/roothome',
  ostree: '-> sysroot/ostree',
  bin: '-> usr/bin',
  sbin: '-> usr/sbin',
  lib: '-> usr/lib',
  lib64: '-> usr/lib64',
};

export interface OstreeDisk {
  readonly file: string;
  readonly device: string;
  /** Commits, oldest first. */
  readonly commits: readonly string[];
}

export interface DiskOptions {
  readonly fs?: 'ext4' | 'xfs';
  /** Besides what every tree has. */
  readonly tree?: Tree;
}

/** Deploys `versions` one after the other into the stateroot `debian`; the last one boots by default. */
export function makeOstreeDisk(
  node: Node,
  versions: readonly string[],
  { fs = 'ext4', tree = {} }: DiskOptions = {},
): OstreeDisk {
  const file = node.makeImage(fs, {}, { sizeMiB: fs === 'xfs' ? 320 : 48 });
  const commits = node.within(file, (dir) => {
    run('ostree', 'admin', 'init-fs', dir);
    run('ostree', 'admin', `--sysroot=${dir}`, 'os-init', 'debian');
    return versions.map((version) => deploy(dir, { from: join(node.dir, `tree-${version}`), version, tree }));
  });
  return { file, device: node.attach(file), commits };
}

/** @returns the commit */
function deploy(sysroot: string, { from, version, tree }: { from: string; version: string; tree: Tree }): string {
  writeTree(from, { ...everyTree, ...tree, 'usr/lib/os-release': `ID=test\nVERSION_ID=${version}\n` });
  const repo = `--repo=${join(sysroot, 'ostree/repo')}`;
  const commit = run('ostree', repo, 'commit', '-b', 'test', `--tree=dir=${from}`, '-s', version).trim();
  run('ostree', 'admin', `--sysroot=${sysroot}`, 'deploy', '--os=debian', '--retain', 'test');
  return commit;
}

/** As an operator sees it who has mounted the disk somewhere. */
export function statusOutside(node: Node, { file }: OstreeDisk): string {
  return node.within(file, (dir) => run('ostree', 'admin', `--sysroot=${dir}`, 'status'));
}

/** Runs a command in the assembled root, as the booted system would: this machine's programs, the node's `/run`. */
export function runInside(node: Node, ...command: readonly string[]): string {
  const run_ = join(node.newRoot, 'run');
  mkdirSync(run_, { recursive: true });
  const script =
    'root=$1 run=$2; shift 2; mount --rbind "$run" "$root/run" && mount --bind /usr "$root/usr" && mount -t proc proc "$root/proc" && exec chroot "$root" "$@"';
  return run(
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    script,
    'sh',
    node.newRoot,
    join(node.dir, 'run'),
    ...command,
  );
}

/** The deployment that boots by default. */
export const NEWEST = 'debian';

/** A node with a disk of these versions. */
export function withOstree(versions: readonly string[], body: (node: Node, disk: OstreeDisk) => void): void {
  withNode((node) => body(node, makeOstreeDisk(node, versions)));
}
