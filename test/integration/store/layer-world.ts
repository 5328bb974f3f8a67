/**
 * A base, sessions of changes over it, their layers, and a plain tree beside them that says what must be seen.
 *
 * All of it lies on an ext4 in memory, which `withDisk` makes; mounts go with the test's mount namespace.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Layer, LayerForm } from '../../../src/core/store/deployment.ts';
import { viewOptions } from '../../../src/core/store/view-options.ts';
import { flattenLayers } from '../../../src/platform/store/flatten-layers.ts';
import { wholePath } from '../../../src/platform/store/mount-whole.ts';
import { sealLayer } from '../../../src/platform/store/seal-layer.ts';
import { withTempDir } from '../../support/temp-dir.ts';

const PARAMETERS = ['index', 'metacopy', 'redirect_dir', 'xino_auto'];

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs `body` with an empty file system of its own. */
export async function withDisk(
  megabytes: number,
  body: (dir: string) => void | Promise<void>,
  fs: 'ext4' | 'btrfs' = 'ext4',
): Promise<void> {
  await withTempDir(async (dir) => {
    const memory = join(dir, 'memory');
    const disk = join(dir, 'disk');
    mkdirSync(memory);
    mkdirSync(disk);
    run('mount', '-t', 'tmpfs', 'test', memory);
    const image = join(memory, 'image');
    run('truncate', '-s', `${megabytes}M`, image);
    if (fs === 'btrfs') run('mkfs.btrfs', '-q', image);
    else run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=1', '-O', '^has_journal', image);
    run('mount', '-o', 'loop,noatime', image, disk);
    try {
      await body(disk);
    } finally {
      run('umount', '-l', disk);
      run('umount', '-l', memory);
    }
  });
}

/** A FIFO, two devices and a socket, several of them: Node can make none. */
export async function makeSpecials(dir: string): Promise<void> {
  mkdirSync(dir);
  run('mkfifo', join(dir, '0'));
  run('mknod', join(dir, '1'), 'c', '1', '3');
  run('mknod', join(dir, '2'), 'b', '259', '300000');
  run('mkfifo', join(dir, '3'));
  run('mknod', join(dir, '4'), 'c', '5', '70000');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(dir, 'socket'), resolve));
  run('cp', '-a', join(dir, 'socket'), join(dir, '5'));
  await new Promise((resolve) => server.close(resolve));
  rmSync(join(dir, 'socket'), { force: true });
}

export interface Session {
  readonly merged: string;
  readonly upper: string;
}

/** Seals as the program does; the tests put in ones that lose something. */
export type Seal = typeof sealLayer;

export class LayerWorld {
  readonly dir: string;
  readonly base: string;
  readonly store: string;
  /** Mounted, top first. */
  layers: string[] = [];
  /** The layer that there is stands for all, the base too. */
  private isWhole = false;
  /** What was said while sealing. */
  readonly said: string[] = [];
  private readonly seal: Seal;
  private readonly mounted: string[] = [];

  /** @param fs of `parent`: on Btrfs the base is a subvolume */
  constructor(parent: string, seal: Seal = sealLayer, fs: 'ext4' | 'btrfs' = 'ext4') {
    this.dir = mkdtempSync(join(parent, 'world-'));
    this.base = join(this.dir, 'base');
    this.store = join(this.dir, 'lifeboot');
    this.seal = seal;
    mkdirSync(this.store);
    if (fs === 'btrfs') run('btrfs', '-q', 'subvolume', 'create', this.base);
    else mkdirSync(this.base);
  }

  get stack(): readonly string[] {
    return this.isWhole ? this.layers : [...this.layers, this.base];
  }

  /** Makes changes over what is there and seals them into the next layer; null: nothing changed. */
  change(work: (session: Session) => void, form: LayerForm, redirectDir: 'on' | 'off' = 'on'): Layer | null {
    const place = mkdtempSync(join(this.dir, 'session-'));
    const [upper, workdir, merged] = ['upper', 'work', 'merged'].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ];
    for (const dir of [upper, workdir, merged]) mkdirSync(dir);
    const pinned = `index=off,metacopy=off,xino=auto,redirect_dir=${redirectDir}`;
    const options = `lowerdir=${this.stack.join(':')},upperdir=${upper},workdir=${workdir},${pinned}`;
    run('mount', '-t', 'overlay', 'test', '-o', options, merged);
    try {
      work({ merged, upper });
    } finally {
      run('umount', merged);
    }
    const request = { upper, stack: this.stack, store: this.store, form, isLive: false };
    const layer = this.seal(request, (text) => this.said.push(text));
    if (layer !== null) {
      this.isWhole = layer.form === 'subvol';
      this.layers = [this.mount(layer), ...(this.isWhole ? [] : this.layers)];
    }
    return layer;
  }

  flatten(form: LayerForm, base: string | null = this.base): Layer | null {
    return flattenLayers({ layers: this.layers, base, store: this.store, form }, (text) => this.said.push(text));
  }

  /** @returns the directory that shows the layer */
  mount(layer: Layer): string {
    if (layer.form === 'subvol') return wholePath(this.store, layer);
    const path = join(this.store, layerPath(layer));
    if (layer.form === 'dir') return path;
    const place = mkdtempSync(join(this.dir, 'layer-'));
    run('mount', '-t', layer.form === 'erofs' ? 'erofs' : 'squashfs', '-o', 'loop,ro', path, place);
    this.mounted.push(place);
    return place;
  }

  /** Shows a stack, top first, as a root would. */
  view<T>(stack: readonly string[], look: (root: string) => T): T {
    // An overlay of one directory is none.
    const [only, ...others] = stack;
    if (only !== undefined && others.length === 0) return look(only);
    const place = mkdtempSync(join(this.dir, 'view-'));
    const options = viewOptions({ lower: stack, hasMetacopy: false }, PARAMETERS);
    // As a root has it: what a layer says of renamed directories is believed.
    run('mount', '-t', 'overlay', 'test', '-o', options, place);
    try {
      return look(place);
    } finally {
      run('umount', place);
    }
  }

  close(): void {
    for (const place of this.mounted) run('umount', '-l', place);
    // Read-only subvolumes go with the disk.
    if (!this.isWhole) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A base with some depth. @returns its paths */
export function fillBase(base: string): { readonly dirs: readonly string[]; readonly files: readonly string[] } {
  const dirs = ['a', 'b', 'c', 'd'].flatMap((top) => [top, `${top}/a`, `${top}/a/b`, `${top}/c`]);
  const files = ['e', 'f', ...dirs.flatMap((dir) => ['d', 'e', 'f'].map((name) => `${dir}/${name}`))];
  for (const dir of dirs) mkdirSync(join(base, dir));
  for (const file of files) writeFileSync(join(base, file), `base ${file}\n`.repeat(20));
  run('setfattr', '-n', 'user.base', '-v', 'old', join(base, 'a/a'), join(base, 'b/a/b'));
  run('setcap', 'cap_net_raw+ep', join(base, 'd/e'));
  return { dirs, files };
}
