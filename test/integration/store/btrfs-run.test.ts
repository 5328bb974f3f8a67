/** Snapshots, commands and layers where the base is a Btrfs subvolume on the data partition: real subvolumes, real mounts. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerStore } from '../../../src/app/ports.ts';
import { layerPath } from '../../../src/core/root/store-names.ts';
import { type Layer, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { NO_PAIR } from '../../../src/core/store/pair.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { wholePath } from '../../../src/platform/store/mount-whole.ts';
import { namesIn } from '../../../src/platform/store/store-files.ts';
import { spec } from '../../support/spec.ts';
import { makeBtrfs, makeSubvolume } from '../root/btrfs-disk.ts';
import { assertFails, busybox, mounts, type Node, plainTree, run, type Tree, withNode } from '../root/disks.ts';

const SYSTEM: Tree = {
  ...plainTree,
  'bin/busybox': busybox,
  'bin/sh': busybox,
  'usr/share/doc/old': 'old\n',
  'usr/share/doc/kept': 'kept\n',
  'usr/one': 'linked\n',
  'etc/dir/file': 'file\n',
  'etc/resolv.conf': 'nameserver 192.0.2.1\n',
  'run/': '',
  'tmp/': '',
  'sys/': '',
  'dev/': '',
};
const SOURCE = { subvolume: '@roots/base' };
const NOTHING = (): void => undefined;

interface World {
  readonly node: Node;
  readonly device: string;
  readonly store: LayerStore;
  readonly storeDir: string;
  readonly bare: Manifest;
}

/** A node that runs from slot a: a subvolume, with its upper on the same file system. */
function withWorld(body: (world: World) => void, sizeMiB = 256): void {
  withNode((node) => {
    const { device, within } = makeBtrfs(node, sizeMiB);
    within((top) => {
      makeSubvolume(top, SOURCE.subvolume, SYSTEM);
    });
    const { found, degraded } = node.assemble({ root: device, ...SOURCE }, { kind: 'persistent', device });
    assert.deepEqual(degraded, []);
    const store = makeLayerStore({
      runDir: node.runDir,
      sourceOf: () => ({ root: device, ...SOURCE }),
      runningSlot: () => null,
      env: { TERM: 'dumb' },
      become: () => assert.fail('it starts again'),
      pid: process.pid,
      systemRoot: '/',
    });
    const { id, version } = found.deployment;
    const bare = makeManifest({ base: { id, version }, layers: [], ...EMPTY });
    body({ node, device, store, storeDir: join(node.data, 'lifeboot'), bare });
  });
}

const EMPTY = { sameAs: null, parent: null, createdAt: null, description: '', packages: null };

function runIn({ store }: World, manifest: Manifest, script: string): Layer {
  return store.withStaged('a', manifest, (staged) => {
    const command = ['/bin/busybox', 'sh', '-ec', script];
    assert.equal(staged.run({ command, shared: [], isTerminal: false }), 0);
    return staged.seal(NOTHING) ?? assert.fail('nothing was changed');
  });
}

function withLayers({ bare }: World, layers: readonly Layer[]): Manifest {
  return makeManifest({ ...bare, layers });
}

/** All that a tree holds, with the times of directories. */
function listing(dir: string): string {
  return (
    run('find', dir, '-printf', '%P|%y|%m|%U:%G|%s|%n|%T@\n')
      .split('\n')
      // What the command gets, and nobody else, is not part of it.
      .filter((line) => line !== '' && !line.startsWith('|') && !line.startsWith('usr/sbin'))
      .map((line) => (line.includes('|d|') ? line.replace(/\|\d+\|\d+\|/, '|') : line))
      .sort()
      .join('\n')
  );
}

/** Boots slot a of the node with a deployment. */
function boot({ node, device, store, bare }: World, manifest: Manifest): readonly string[] {
  store.saveManifest(manifest);
  store.savePair({ ...NO_PAIR, slots: { a: manifest.id } });
  node.builder.release();
  const base = node.mountBase({ root: device, ...SOURCE }).deployment;
  assert.equal(base.id, bare.id);
  const request = { slot: 'a', base, recorded: null, isClean: false, device, removable: false, waitSeconds: 0 };
  const { stack, degraded } = node.builder.mountLayers(request);
  assert.equal(stack?.deployment.id, manifest.id);
  const upper = { kind: 'persistent', upperId: `a-${manifest.id}`, device, size: '25%', waitSeconds: 0 } as const;
  return [...degraded, ...node.builder.mountUpper(upper), ...node.builder.assemble()];
}

const CHANGES = `
  echo new >/etc/new; rm /usr/share/doc/old; rm -r /etc/dir; echo now-a-file >/etc/dir
  mkdir /srv; ln /etc/new /srv/linked; mkfifo /srv/fifo; mv /usr/share/doc /usr/docs; chmod 4755 /bin/sh
  echo changed >/usr/one; ln -s /nowhere /srv/link; rm /etc/hostname; mkdir /etc/hostname`;

spec('subvolume layers', {
  'hold what a command left: a read-only subvolume, the same as what it saw, and the base as it was': () => {
    withWorld((world) => {
      const { store, storeDir, node, bare } = world;
      const before = listing(node.base);
      let seen = '';
      const layer = store.withStaged('a', bare, (staged) => {
        const command = ['/bin/busybox', 'sh', '-ec', CHANGES];
        assert.equal(staged.run({ command, shared: [], isTerminal: false }), 0);
        const inside = mounts().filter(({ point }) => point.startsWith(`${staged.root}/`));
        for (const { point } of inside.reverse()) run('umount', '-l', '--', point);
        seen = listing(staged.root);
        return staged.seal(NOTHING) ?? assert.fail('nothing was changed');
      });
      assert.equal(layer.form, 'subvol');
      const path = wholePath(storeDir, layer);
      assert.match(run('btrfs', 'property', 'get', '-ts', path, 'ro'), /true/);
      assert.equal(listing(path), seen);
      assert.equal(listing(node.base), before);
      assert.equal(store.verifyLayer(layer), null);
      assert.deepEqual(readdirSync(join(storeDir, 'layers')), [`${layer.digest}.subvol`]);
      assert.deepEqual(store.listLayers(), [{ ...layer, sizeBytes: 0 }]);
    });
  },
  'boot in the place of the base, with an upper over them, and the next one is made of them': () => {
    withWorld((world) => {
      const { node, store, storeDir } = world;
      const first = runIn(world, world.bare, CHANGES);
      assert.deepEqual(boot(world, withLayers(world, [first])), []);
      assert.equal(node.inRoot('etc/new'), 'new\n');
      assert.equal(node.inRoot('usr/docs/kept'), 'kept\n');
      assert.ok(!existsSync(join(node.newRoot, 'usr/docs/old')));
      assert.equal(node.builder.check(null), '/sbin/init');
      writeFileSync(join(node.newRoot, 'etc/written'), 'by the system\n');
      const [upper = ''] = readdirSync(join(storeDir, 'upper')).filter(
        (name) => name.includes(world.bare.id) === false,
      );
      const dir = join(storeDir, 'upper', upper, 'upper');
      const order = { upper: dir, slot: 'a', over: withLayers(world, [first]), isLive: true, form: null, own: [] };
      const second = store.seal(order, NOTHING) ?? assert.fail('nothing was changed');
      assert.equal(second.form, 'subvol');
      assert.deepEqual(boot(world, withLayers(world, [second])), []);
      assert.equal(node.inRoot('etc/written'), 'by the system\n');
      assert.equal(node.inRoot('etc/new'), 'new\n');
      store.deleteLayer(first);
      assert.deepEqual(readdirSync(join(storeDir, 'layers')), [`${second.digest}.subvol`]);
      assert.equal(node.inRoot('etc/new'), 'new\n');
    });
  },
  'are not booted when they are gone, changed or another one; a clean boot does with the base': () => {
    withWorld((world) => {
      const { node, device, storeDir, store } = world;
      const layer = runIn(world, world.bare, 'echo new >/etc/new');
      const manifest = withLayers(world, [layer]);
      const path = wholePath(storeDir, layer);
      run('btrfs', 'property', 'set', '-ts', path, 'ro', 'false');
      assertFails('CONTENT', /can be written/, () => boot(world, manifest));
      node.builder.release();
      node.mountBase({ root: device, ...SOURCE });
      node.builder.mountUpper({ kind: 'persistent', upperId: 'a-x', device, size: '25%', waitSeconds: 0 });
      writeFileSync(join(path, 'etc/new'), 'changed');
      run('btrfs', 'property', 'set', '-ts', path, 'ro', 'true');
      assert.match(store.verifyLayer(layer) ?? '', /was changed/);
      assertFails('CONTENT', /was changed/, () => boot(world, manifest));
      node.builder.release();
      const base = node.mountBase({ root: device, ...SOURCE }).deployment;
      const request = { slot: 'a', base, recorded: null, isClean: true, device, removable: false, waitSeconds: 0 };
      assert.match(node.builder.mountLayers(request).degraded.join(), /base alone/);
      const upper = { kind: 'tmpfs', upperId: 'a-x', device, size: '25%', waitSeconds: 0 } as const;
      assert.deepEqual([...node.builder.mountUpper(upper), ...node.builder.assemble()], []);
      assert.ok(!existsSync(join(node.newRoot, 'etc/new')));
      store.deleteLayer(layer);
      assertFails('ABSENT', /is missing/, () => boot(world, manifest));
      assert.ok(!existsSync(join(storeDir, layerPath(layer))));
    });
  },
  'are made with what a cut has left out of the way': () => {
    withWorld((world) => {
      const { storeDir } = world;
      const left = join(storeDir, 'layers/.new-left');
      mkdirSync(left, { recursive: true });
      run('btrfs', '-q', 'subvolume', 'snapshot', '-r', world.node.base, join(left, 'root'));
      run('btrfs', '-q', 'subvolume', 'snapshot', world.node.base, join(left, 'other'));
      const layer = runIn(world, world.bare, 'echo new >/etc/new');
      assert.deepEqual(readdirSync(join(storeDir, 'layers')), [`${layer.digest}.subvol`]);
    });
  },
  'leave nothing behind on a full disk, and are made when there is room again': () => {
    withWorld((world) => {
      const { node, store, storeDir } = world;
      const fill = join(node.data, 'fill');
      const elsewhere = join(node.dir, 'elsewhere');
      mkdirSync(elsewhere);
      run('dd', 'if=/dev/urandom', `of=${elsewhere}/big`, 'bs=1M', 'count=16');
      assert.throws(() => run('dd', 'if=/dev/urandom', `of=${fill}`, 'bs=1M'), /No space/);
      const order = { upper: elsewhere, slot: 'a', over: null, isLive: false, form: null, own: [] };
      assertFails('REFUSED', /no room/, () => store.seal(order, NOTHING));
      assert.deepEqual([...namesIn(join(storeDir, 'layers')), ...namesIn(join(storeDir, 'tmp'))], []);
      rmSync(fill);
      run('sync', '-f', node.data);
      assert.equal(store.seal(order, NOTHING)?.form, 'subvol');
    }, 160);
  },
  'are made of images when the data partition is another file system': () => {
    withNode((node) => {
      const { device, within } = makeBtrfs(node);
      within((top) => makeSubvolume(top, SOURCE.subvolume, SYSTEM));
      const data = node.disk('ext4', {}, { sizeMiB: 64 });
      const { found } = node.assemble({ root: device, ...SOURCE }, { kind: 'persistent', device: data });
      const store = makeLayerStore({
        runDir: node.runDir,
        sourceOf: () => ({ root: device, ...SOURCE }),
        runningSlot: () => null,
        env: { TERM: 'dumb' },
        become: () => assert.fail('it starts again'),
        pid: process.pid,
        systemRoot: '/',
      });
      const { id, version } = found.deployment;
      const bare = makeManifest({ base: { id, version }, layers: [], ...EMPTY });
      const world = { node, device, store, storeDir: join(node.data, 'lifeboot'), bare };
      assert.notEqual(runIn(world, bare, 'echo new >/etc/new').form, 'subvol');
      assert.ok(readFileSync(join(node.base, 'etc/resolv.conf')).length > 0);
    });
  },
});
