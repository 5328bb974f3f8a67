/**
 * Disks for the root's tests: image files on loop devices, file systems made from small trees, and a root builder
 * whose directories are all temporary. Everything is undone at the end, also when the test fails.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RootBuilder, UpperRequest } from '../../../src/app/ports.ts';
import type { FoundBase } from '../../../src/core/boot/facts.ts';
import { BootError, type ErrorCode } from '../../../src/core/errors.ts';
import type { BaseSource } from '../../../src/core/root/base-source.ts';
import { parseMountinfo } from '../../../src/core/root/mountinfo.ts';
import { type FindDevice, findDevice } from '../../../src/platform/root/find-device.ts';
import { inspectBase } from '../../../src/platform/root/inspect-base.ts';
import { makeRootBuilder } from '../../../src/platform/root/root-builder.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { type MountBaseOptions, sourceOf } from './base-request.ts';

export type FileSystem = 'ext4' | 'squashfs' | 'erofs' | 'xfs' | 'btrfs' | 'none';

/** A file's content, or a link as `-> target`; a name that ends in `/` is a directory. */
export type Tree = Readonly<Record<string, string | Buffer>>;

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const busybox: Buffer = readFileSync('/bin/busybox');

/** A root that can be booted as far as lifeboot looks: an init, a release, a package database. */
export const plainTree: Tree = {
  'sbin/init': busybox,
  'usr/lib/os-release': 'ID=test\nVERSION_ID=1\n',
  'var/lib/dpkg/status': 'Package: a\nVersion: 1\n',
  'var/log/old.log': 'kept\n',
  'etc/hostname': 'from-the-base\n',
  'etc/ssh/': '',
  'proc/': '',
};

export function writeTree(dir: string, tree: Tree): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(tree)) {
    const path = join(dir, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    if (typeof content === 'string' && content.startsWith('-> ')) run('ln', '-s', content.slice(3), path);
    else writeFileSync(path, content);
    if (/sbin\/|(^|\/)bin\/|systemd$/.test(name)) chmodSync(path, 0o755);
  }
}

let serial = 0;

export class Node {
  readonly dir: string;
  readonly newRoot: string;
  /** Stands for the root of the initramfs. */
  readonly ownRoot: string;
  readonly runDir: string;
  readonly base: string;
  readonly data: string;
  readonly image: string;
  readonly builder: RootBuilder;
  readonly #loops: string[] = [];

  constructor(dir: string) {
    this.dir = dir;
    this.newRoot = join(dir, 'sysroot');
    this.ownRoot = join(dir, 'initramfs');
    this.runDir = join(dir, 'run/lifeboot');
    this.base = join(this.runDir, 'base');
    this.data = join(this.runDir, 'data');
    this.image = join(dir, 'image-identity');
    mkdirSync(join(dir, 'sys/kernel'), { recursive: true });
    this.builder = this.newBuilder();
  }

  newBuilder(find: FindDevice = findDevice): RootBuilder {
    const procSys = join(this.dir, 'sys');
    const watchdog = join(this.dir, 'watchdog');
    const { runDir, newRoot, ownRoot, image } = this;
    return makeRootBuilder({
      ownRoot,
      find,
      runDir,
      newRoot,
      procSys,
      watchdog,
      imageIdentity: image,
      arch: process.arch,
    });
  }

  /** A label that no other test, and no other process on this machine, uses. At most 12 characters. */
  label(name: string): string {
    return `${name}${(process.pid % 100000).toString(36)}${(serial++).toString(36)}`;
  }

  /** Makes an image with a file system that holds `tree`. */
  makeImage(fs: FileSystem, tree: Tree, options: { label?: string; sizeMiB?: number } = {}): string {
    const { label = this.label('d'), sizeMiB = fs === 'xfs' ? 320 : fs === 'btrfs' ? 128 : 24 } = options;
    const name = join(this.dir, `${label}-${serial++}`);
    const file = `${name}.img`;
    writeTree(`${name}.tree`, tree);
    if (fs === 'squashfs') run('mksquashfs', `${name}.tree`, file, '-quiet', '-no-progress');
    else if (fs === 'erofs') run('mkfs.erofs', '--quiet', file, `${name}.tree`);
    else this.#make(fs, file, `${name}.tree`, label, sizeMiB);
    if (fs === 'squashfs' || fs === 'erofs') truncateSync(file, 4096 * Math.ceil(readFileSync(file).length / 4096));
    return file;
  }

  #make(fs: FileSystem, file: string, tree: string, label: string, sizeMiB: number): void {
    closeSync(openSync(file, 'w'));
    truncateSync(file, sizeMiB * 1024 * 1024);
    if (fs === 'ext4') run('mkfs.ext4', '-q', '-F', '-L', label, '-d', tree, file);
    if (fs === 'btrfs') run('mkfs.btrfs', '-q', '-L', label, '-r', tree, file);
    if (fs !== 'xfs') return;
    run('mkfs.xfs', '-q', '-L', label, file);
    this.within(file, (dir) => run('cp', '-a', `${tree}/.`, dir));
  }

  /** Attaches an image to a loop device. */
  attach(file: string, ...options: readonly string[]): string {
    const device = run('losetup', '--find', '--show', ...options, file).trim();
    this.#loops.push(device);
    return device;
  }

  /** A device with a file system. */
  disk(fs: FileSystem, tree: Tree, options: { label?: string; sizeMiB?: number } = {}): string {
    return this.attach(this.makeImage(fs, tree, options));
  }

  /** Mounts an image or device writable, lets `body` change it, and unmounts it. */
  within<T>(source: string, body: (dir: string) => T): T {
    const dir = join(this.dir, `mnt${serial++}`);
    mkdirSync(dir);
    run('mount', source, dir);
    try {
      return body(dir);
    } finally {
      run('umount', dir);
    }
  }

  mountBase(root: string | BaseSource, { waitSeconds = 0, dataDevice = null }: MountBaseOptions = {}): FoundBase {
    return this.builder.mountBase({ slot: 'a', ...sourceOf(root), waitSeconds, dataDevice, recorded: null });
  }

  /** What a slot holds, as a running system asks. */
  inspect(root: string | BaseSource): FoundBase {
    return inspectBase(sourceOf(root), null, { runDir: this.runDir });
  }

  /** The steps up to an assembled root. */
  assemble(
    root: string | BaseSource,
    upper: Partial<UpperRequest> = {},
  ): { found: FoundBase; degraded: readonly string[] } {
    const found = this.mountBase(root, { dataDevice: upper.device ?? null });
    const isOstree = typeof sourceOf(root).ostree === 'string';
    const request = {
      kind: 'tmpfs',
      upperId: isOstree ? null : `a-${found.deployment.id}`,
      device: null,
      size: '25%',
      waitSeconds: 0,
    } as const;
    const degraded = [...this.builder.mountUpper({ ...request, ...upper }), ...this.builder.assemble()];
    return { found, degraded };
  }

  /** What is mounted below this node's directory. */
  mounted(): readonly string[] {
    return mounts()
      .map((entry) => entry.point)
      .filter((point) => point.startsWith(this.dir));
  }

  inRoot(path: string): string {
    return readFileSync(join(this.newRoot, path), 'utf8');
  }

  close(): void {
    const errors: string[] = [];
    this.builder.release();
    for (const point of [...this.mounted()].reverse()) {
      errors.push(`'${point}' was left mounted`);
      run('umount', '-l', point);
    }
    for (const device of this.#loops) run('losetup', '-d', device);
    assert.deepEqual(errors, []);
  }
}

export function withNode<T>(body: (node: Node) => T): T {
  return withTempDir((dir) => {
    const node = new Node(dir);
    let result: T;
    try {
      result = body(node);
    } catch (error) {
      try {
        node.close();
      } catch {
        // What the test itself found out is worth more.
      }
      throw error;
    }
    node.close();
    return result;
  });
}

/** A node with a plain base and a data partition. */
export function withData(body: (node: Node, base: string, data: string) => void): void {
  withNode((node) => body(node, node.disk('ext4', plainTree), node.disk('ext4', {}, { sizeMiB: 32 })));
}

/** What is mounted now. */
export function mounts(): ReturnType<typeof parseMountinfo> {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The digest of an image. */
export function digest(path: string): string {
  return run('sha256sum', path).split(' ')[0] ?? '';
}

/** @throws unless `body` fails with this code and a message that matches */
export function assertFails(code: ErrorCode, message: RegExp, body: () => unknown): BootError {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof BootError, `not a BootError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return error;
  }
  throw new Error(`did not fail with ${code}`);
}
