/** Layers over a base, on real mounts: images and directories, many of them, and every way in which they can be missing. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { lowerLayers, mountAt } from '../../../src/core/root/mountinfo.ts';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Deployment } from '../../../src/core/state/state.ts';
import { formatManifest, type Layer, type LayerForm, makeManifest } from '../../../src/core/store/deployment.ts';
import { formatPair, NO_PAIR } from '../../../src/core/store/pair.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, mounts, type Node, plainTree, run, type Tree, withNode, writeTree } from './disks.ts';

/** Packs changes as they lie in an upper; a file that begins with `!` is deleted. */
function packLayer(node: Node, store: string, form: LayerForm, changes: Tree): Layer {
  const tree = join(node.dir, node.label('layer'));
  mkdirSync(tree);
  const { deleted = [], written = [] } = Object.groupBy(Object.keys(changes), (name) =>
    name.startsWith('!') ? 'deleted' : 'written',
  );
  writeTree(tree, Object.fromEntries(written.map((name) => [name, changes[name] ?? ''])));
  for (const name of deleted) {
    mkdirSync(join(tree, name.slice(1), '..'), { recursive: true });
    run('mknod', join(tree, name.slice(1)), 'c', '0', '0');
  }
  const made = join(node.dir, node.label('packed'));
  if (form === 'erofs') run('mkfs.erofs', '--quiet', made, tree);
  else if (form === 'sqfs') run('mksquashfs', tree, made, '-quiet', '-no-progress');
  else run('cp', '-a', tree, made);
  const bytes = form === 'dir' ? Buffer.from(made) : readFileSync(made);
  const layer = { digest: sha256(bytes), form, sizeBytes: form === 'dir' ? 0 : bytes.length };
  mkdirSync(join(store, 'layers'), { recursive: true });
  run('mv', '-T', made, join(store, layerPath(layer)));
  return layer;
}

interface Stacked {
  readonly node: Node;
  readonly base: string;
  readonly device: string;
  readonly id: string;
  readonly layers: readonly Layer[];
  readonly recorded: Deployment;
}

/** A node whose slot a has layers on its data partition. */
function withStack(forms: readonly LayerForm[], changesOf: (index: number) => Tree, body: (s: Stacked) => void): void {
  withNode((node) => {
    const base = node.disk('squashfs', plainTree);
    const device = node.disk('ext4', {}, { sizeMiB: 64 });
    const baseId = node.inspect(base).deployment.id;
    const stacked = node.within(device, (dir) => {
      const store = join(dir, 'lifeboot');
      const layers = forms.map((form, index) => packLayer(node, store, form, changesOf(index)));
      const manifest = makeManifest({
        base: { id: baseId, version: 'test 1' },
        layers,
        sameAs: null,
        parent: null,
        createdAt: null,
        description: '',
        packages: null,
      });
      for (const name of ['deployments', 'snapshots']) mkdirSync(join(store, name));
      writeFileSync(join(store, `deployments/${manifest.id}.json`), formatManifest(manifest));
      writeFileSync(join(store, 'snapshots/pair.json'), formatPair({ ...NO_PAIR, slots: { a: manifest.id } }));
      return { id: manifest.id, layers };
    });
    body({ node, base, device, ...stacked, recorded: { id: stacked.id, version: null, base: baseId } });
  });
}

/** Mounts base and layers as the boot does. */
function mountStack(
  s: Stacked,
  change: { isClean?: boolean; recorded?: Deployment | null; device?: string | null } = {},
) {
  s.node.builder.release();
  const base = s.node.mountBase(s.base).deployment;
  const request = { slot: 'a', base, recorded: s.recorded, isClean: false, device: s.device, removable: false };
  return s.node.builder.mountLayers({ ...request, waitSeconds: 0, ...change });
}

function assemble(s: Stacked): readonly string[] {
  const upper = { kind: 'persistent', upperId: `a-${s.id}`, device: s.device, size: '25%', waitSeconds: 0 } as const;
  return [...s.node.builder.mountUpper(upper), ...s.node.builder.assemble()];
}

const THREE: readonly Tree[] = [
  { 'etc/hostname': 'first\n', 'etc/first': 'kept\n' },
  { 'etc/hostname': 'second\n', '!var/log/old.log': '' },
  { 'etc/hostname': 'third\n' },
];

spec('mountLayers()', {
  'shows the changes of each layer, the newest on top, whatever form they have': () => {
    for (const forms of [
      ['erofs', 'sqfs', 'dir'],
      ['dir', 'erofs', 'sqfs'],
      ['erofs', 'erofs', 'erofs'],
    ] as const) {
      withStack(
        forms,
        (index) => THREE[index] ?? {},
        (s) => {
          const { stack, degraded } = mountStack(s);
          assert.deepEqual([stack?.deployment.id, stack?.deployment.version, degraded], [s.id, 'test 1 +3', []]);
          assert.deepEqual(assemble(s), []);
          assert.equal(s.node.inRoot('etc/hostname'), 'third\n');
          assert.equal(s.node.inRoot('etc/first'), 'kept\n');
          assert.equal(existsSync(join(s.node.newRoot, 'var/log/old.log')), false);
          assert.ok(s.node.inRoot('usr/lib/os-release').includes('ID=test'));
        },
      );
    }
  },
  'mounts 400 of them, each where mountinfo shows it': () => {
    withStack(
      Array.from({ length: 400 }, (_, index) => (index % 8 === 0 ? 'erofs' : 'dir')),
      (index) => ({ [`layer/${index}`]: `${index}\n`, 'etc/hostname': `${index}\n` }),
      (s) => {
        const startedMs = performance.now();
        assert.deepEqual(mountStack(s).degraded, []);
        assert.deepEqual(assemble(s), []);
        console.log(`400 layers in ${Math.round(performance.now() - startedMs)} ms`);
        const entries = mounts();
        const root = mountAt(entries, s.node.newRoot);
        const lower = lowerLayers(root?.superOptions ?? []);
        assert.equal(lower.length, 401);
        for (const [index, name] of lower.slice(0, -1).entries()) {
          assert.equal(name, `l/${index}`);
          assert.ok(mountAt(entries, join(s.node.runDir, name)) !== undefined, name);
        }
        assert.equal(s.node.inRoot('etc/hostname'), '399\n');
        for (const index of [0, 1, 200, 399]) assert.equal(s.node.inRoot(`layer/${index}`), `${index}\n`);
      },
    );
  },
  'is the base alone where the store has nothing for the slot': () => {
    withStack(
      ['erofs'],
      () => ({}),
      (s) => {
        s.node.within(s.device, (dir) => rmSync(join(dir, 'lifeboot/snapshots/pair.json')));
        const { stack } = mountStack(s, { recorded: null });
        assert.equal(stack?.deployment.id, s.recorded.base);
      },
    );
  },
  'goes by the boot state when the pair is lost or damaged': () => {
    for (const damage of [null, '', '{"format": 1', '{"format":1,"slots":{"a":7}}', '{"format":2}']) {
      withStack(
        ['erofs'],
        () => ({ 'etc/hostname': 'layered\n' }),
        (s) => {
          s.node.within(s.device, (dir) => {
            const pair = join(dir, 'lifeboot/snapshots/pair.json');
            if (damage === null) rmSync(pair);
            else writeFileSync(pair, damage);
          });
          const { stack, degraded } = mountStack(s);
          assert.equal(stack?.deployment.id, s.id, String(damage));
          assert.equal(degraded.length, damage === null ? 0 : 1);
        },
      );
    }
  },
  'fails for a layer or manifest that is missing, cut short or damaged, and leaves nothing mounted': () => {
    const damages: readonly (readonly [code: 'ABSENT' | 'CONTENT', damage: (store: string, s: Stacked) => void])[] = [
      ['ABSENT', (store, { layers: [layer] }) => rmSync(join(store, layerPath(layer as Layer)))],
      ['CONTENT', (store, { layers: [layer] }) => truncateSync(join(store, layerPath(layer as Layer)), 2048)],
      [
        'CONTENT',
        (store, { layers: [layer] }) =>
          writeFileSync(join(store, layerPath(layer as Layer)), Buffer.alloc((layer as Layer).sizeBytes)),
      ],
      ['ABSENT', (store, { id }) => rmSync(join(store, `deployments/${id}.json`))],
      ['CONTENT', (store, { id }) => writeFileSync(join(store, `deployments/${id}.json`), 'noise')],
      ['CONTENT', (store, { id }) => replace(join(store, `deployments/${id}.json`), /"erofs"/, '"../../x"')],
      ['CONTENT', (store, { id }) => replace(join(store, `deployments/${id}.json`), /"digest": "./, '"digest": "../')],
    ];
    for (const [code, damage] of damages) {
      withStack(
        ['erofs', 'erofs'],
        (index) => THREE[index] ?? {},
        (s) => {
          s.node.within(s.device, (dir) => damage(join(dir, 'lifeboot'), s));
          assertFails(code, /./, () => mountStack(s));
          assert.deepEqual(
            s.node.mounted().filter((point) => point.includes('/l/')),
            [],
          );
          s.node.builder.release();
          const clean = mountStack(s, { isClean: true });
          assert.equal(clean.stack, null);
          assert.match(clean.degraded.join(), /the base alone/);
        },
      );
    }
  },
  'fails without the data partition, except for a clean boot': () => {
    withStack(
      ['erofs'],
      () => ({}),
      (s) => {
        assertFails('ABSENT', /data partition/, () => mountStack(s, { device: '/dev/nothing-here' }));
        assertFails('ABSENT', /data partition/, () => mountStack(s, { device: null }));
        assert.equal(mountStack(s, { device: null, isClean: true }).stack, null);
        assert.equal(mountStack(s, { device: null, recorded: null }).stack?.deployment.id, s.recorded.base);
      },
    );
  },
  'does not use layers on a base that they were not made on': () => {
    withStack(
      ['erofs'],
      () => ({}),
      (s) => {
        const other = s.node.disk('squashfs', { ...plainTree, 'usr/lib/os-release': 'ID=other\n' });
        const { stack, degraded } = mountStack({ ...s, base: other });
        assert.notEqual(stack?.deployment.id, s.id);
        assert.equal(stack?.deployment.base, undefined);
        assert.match(degraded.join(), /made on another base/);
      },
    );
  },
});

function replace(file: string, what: RegExp, by: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(what, by));
}
