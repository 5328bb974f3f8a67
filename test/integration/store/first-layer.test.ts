/** The first layer of a node with a persistent `/var`: its package database comes along, and the next boot shows it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnDir } from '../../../src/app/ports.ts';
import { bareManifest, type Layer, makeManifest } from '../../../src/core/store/deployment.ts';
import { persistentPackageDirs } from '../../../src/core/store/own-dirs.ts';
import { NO_PAIR } from '../../../src/core/store/pair.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { saveManifest, savePair } from '../../../src/platform/store/store-files.ts';
import { spec } from '../../support/spec.ts';
import { type Node, plainTree, run, type Tree, withNode } from '../root/disks.ts';

const SYSTEM: Tree = {
  ...plainTree,
  'var/lib/dpkg/info/gone.list': '/bin/gone\n',
  'var/lib/dpkg/info/kept.list': '/bin/kept\n',
};

interface Running {
  readonly node: Node;
  readonly seal: (own: readonly OwnDir[]) => Layer | null;
  /** Reboots into the slot with this layer. */
  readonly reboot: (layer: Layer) => void;
}

/** A node that runs its base with a persistent `/var`. */
function withRunning(body: (running: Running) => void): void {
  withNode((node) => {
    const [base, device] = [node.disk('squashfs', SYSTEM), node.disk('ext4', {}, { sizeMiB: 64 })];
    const { id, version } = node.inspect(base).deployment;
    const boot = (): void => {
      const { deployment } = node.mountBase(base);
      const request = { slot: 'a', base: deployment, recorded: null, isClean: false, device, removable: false };
      const { stack } = node.builder.mountLayers({ ...request, waitSeconds: 0 });
      const upperId = `a-${stack?.deployment.id}`;
      const upper = { kind: 'persistent', upperId, device, size: '25%', waitSeconds: 0 } as const;
      assert.deepEqual([...node.builder.mountUpper(upper), ...node.builder.assemble()], []);
      assert.deepEqual(node.builder.bindPersistent(['/var']), []);
    };
    boot();
    const storeDir = join(node.data, 'lifeboot');
    const options = {
      runDir: node.runDir,
      sourceOf: () => ({ root: base }),
      systemRoot: '/',
      runningSlot: () => null,
      pid: 0,
      env: {},
    };
    const store = makeLayerStore({ ...options, become: () => assert.fail('it starts again') });
    const upper = join(storeDir, `upper/a-${id}/upper`);
    body({
      node,
      seal: (own) => store.seal({ upper, slot: 'a', over: null, isLive: true, form: null, own }, () => undefined),
      reboot(layer) {
        const manifest = makeManifest({ ...bareManifest({ id, version }), layers: [layer] });
        saveManifest(storeDir, manifest);
        savePair(storeDir, { ...NO_PAIR, slots: { a: manifest.id }, uppers: { a: 1 }, lastUpper: 1 });
        node.builder.release();
        boot();
      },
    });
  });
}

function ownOf({ newRoot }: Node): readonly OwnDir[] {
  return persistentPackageDirs(['/var']).map((path) => ({ path, from: join(newRoot, path) }));
}

/** What a package manager does in the running system. */
function upgrade({ newRoot }: Node): void {
  writeFileSync(join(newRoot, 'var/lib/dpkg/status'), 'Package: a\nVersion: 7\n');
  rmSync(join(newRoot, 'var/lib/dpkg/info/gone.list'));
  writeFileSync(join(newRoot, 'var/lib/dpkg/info/new.list'), '/bin/new\n');
  run('chmod', '0750', join(newRoot, 'var/lib/dpkg/info'));
}

function requireUpgraded(node: Node): void {
  assert.equal(node.inRoot('var/lib/dpkg/status'), 'Package: a\nVersion: 7\n');
  assert.equal(existsSync(join(node.newRoot, 'var/lib/dpkg/info/gone.list')), false);
  assert.equal(node.inRoot('var/lib/dpkg/info/kept.list'), '/bin/kept\n');
  assert.equal(node.inRoot('var/lib/dpkg/info/new.list'), '/bin/new\n');
  assert.equal(run('stat', '-c', '%a', join(node.newRoot, 'var/lib/dpkg/info')), '750\n');
}

spec('seal() of the first layer', {
  'shows in the next boot the package database that the running system had': () => {
    withRunning(({ node, seal, reboot }) => {
      upgrade(node);
      writeFileSync(join(node.newRoot, 'etc/changed'), 'changed\n');
      reboot(seal(ownOf(node)) ?? assert.fail('nothing was sealed'));
      requireUpgraded(node);
      assert.equal(node.inRoot('etc/changed'), 'changed\n');
      assert.equal(run('stat', '-c', '%a', join(node.newRoot, 'var/lib')), '755\n');
      writeFileSync(join(node.newRoot, 'var/lib/dpkg/status'), 'later\n');
      const shared = join(node.data, 'lifeboot/persist/var/lib/dpkg/status');
      assert.equal(readFileSync(shared, 'utf8'), 'Package: a\nVersion: 7\n');
    });
  },
  'makes a layer of the package database alone where the upper is empty': () => {
    withRunning(({ node, seal, reboot }) => {
      upgrade(node);
      reboot(seal(ownOf(node)) ?? assert.fail('nothing was sealed'));
      requireUpgraded(node);
    });
  },
  'replaces what an older upper has under that name, a deleted parent too': () => {
    withRunning(({ node, seal, reboot }) => {
      upgrade(node);
      const upper = join(node.data, 'lifeboot/upper', run('ls', join(node.data, 'lifeboot/upper')).trim(), 'upper');
      mkdirSync(join(upper, 'var'));
      run('mknod', join(upper, 'var/lib'), 'c', '0', '0');
      reboot(seal(ownOf(node)) ?? assert.fail('nothing was sealed'));
      requireUpgraded(node);
    });
  },
  'leaves out what is not there': () => {
    withRunning(({ node, seal }) => {
      assert.equal(seal([{ path: '/var/lib/rpm', from: join(node.newRoot, 'var/lib/rpm') }]), null);
    });
  },
});
