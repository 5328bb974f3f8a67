/** A running node with three layers on its base, and the sides that can be compared. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerStore, RootDiff, RootSide } from '../../../src/app/ports.ts';
import { bareManifest, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { readManifest } from '../../../src/platform/store/store-files.ts';
import { mounts, plainTree, run, type Tree } from '../root/disks.ts';
import { assemble, mountStack, type Stacked, withStack } from '../root/stacks.ts';

export const SYSTEM: Tree = {
  ...plainTree,
  'etc/hosts': 'one\n',
  'etc/gone': 'gone\n',
  'etc/same': 'same\n',
  'opt/dir/a': 'a\n',
  'opt/dir/b': 'b\n',
  'opt/file': 'file\n',
  'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n',
};

/** Lowest first. */
const LAYERS: readonly Tree[] = [
  { 'etc/first': 'first\n' },
  { 'etc/hosts': 'two\n', '!etc/gone': '', 'etc/same': 'same\n', 'opt/new/deep/x': 'x\n', '!opt/file': '' },
  { 'var/lib/dpkg/status': 'Package: b\nStatus: install ok installed\nArchitecture: all\nVersion: 2\n' },
];

export interface Look {
  readonly stacked: Stacked;
  readonly store: LayerStore;
  readonly root: string;
  readonly base: RootSide;
  readonly first: RootSide;
  readonly all: RootSide;
  readonly running: RootSide;
}

export function withLook(body: (look: Look) => void): void {
  withStack(
    ['erofs', 'sqfs', 'erofs'],
    (index) => LAYERS[index] ?? {},
    (stacked) => {
      const { node, base, id } = stacked;
      mountStack(stacked);
      assert.deepEqual(assemble(stacked), []);
      const options = {
        runDir: node.runDir,
        sourceOf: () => ({ root: base }),
        pid: 0,
        runningSlot: () => null,
        env: {},
      };
      const become = (): never => assert.fail('it starts again');
      const store = makeLayerStore({ ...options, systemRoot: node.newRoot, become });
      const storeDir = join(node.data, 'lifeboot');
      const manifest = readManifest(storeDir, id) ?? assert.fail('no manifest');
      const side = (of: Manifest): RootSide => ({ slot: 'a', manifest: of, isRunning: false, upper: null });
      const lowest = makeManifest({ ...manifest, layers: manifest.layers.slice(0, 1) });
      const upper = join(storeDir, `upper/a-${id}/upper`);
      const running = { ...side(manifest), isRunning: true, upper };
      const sides = { base: side(bareManifest(manifest.base)), first: side(lowest), all: side(manifest), running };
      const before = mounts().length;
      body({ stacked, store, root: node.newRoot, ...sides });
      assert.equal(mounts().length, before, 'something stays mounted');
      assert.deepEqual(
        readdirSync(node.runDir).filter((name) => /^(stage|running|diff)-/.test(name)),
        [],
      );
    },
    SYSTEM,
  );
}

export function show({ files }: Pick<RootDiff, 'files'>): readonly string[] {
  return files.map(({ path, change, from, to, what }) => {
    const how = what.includes('kind') ? `${from}->${to}` : what.join('+');
    return `${change} ${Buffer.from(path, 'latin1')}${how === '' ? '' : ` ${how}`}`;
  });
}

/** The whole of both roots. */
export const ALL = { paths: [], content: false };

/** All that the running system may do to a tree. */
export function changeRunning(root: string): void {
  writeFileSync(join(root, 'etc/hosts'), 'three\n');
  rmSync(join(root, 'etc/first'));
  chmodSync(join(root, 'etc/same'), 0o4755);
  rmSync(join(root, 'opt/dir'), { recursive: true });
  mkdirSync(join(root, 'opt/dir'));
  writeFileSync(join(root, 'opt/dir/c'), 'c\n');
  writeFileSync(join(root, 'opt/file'), 'back\n');
  rmSync(join(root, 'etc/ssh'), { recursive: true });
  symlinkSync('/nowhere', join(root, 'etc/ssh'));
  renameSync(join(root, 'opt/new'), join(root, 'opt/moved'));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/etc/n`), Buffer.from([0xff, 0x0a])]), 'no text\n');
  run('setfattr', '-n', 'user.note', '-v', 'x', join(root, 'etc/hostname'));
  run('mkfifo', join(root, 'opt/pipe'));
  chownSync(join(root, 'var/log'), 7, 8);
}
