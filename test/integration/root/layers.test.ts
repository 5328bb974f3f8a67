/** Layers over a base, on real mounts: images and directories, many of them, and every way in which they can be missing. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lowerLayers, mountAt } from '../../../src/core/root/mountinfo.ts';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Layer } from '../../../src/core/store/deployment.ts';
import { rememberSaved } from '../../../src/platform/root/saved-versions.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, mounts, plainTree, type Tree, writeTree } from './disks.ts';
import { assemble, mountStack, type Stacked, withStack } from './stacks.ts';

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
  "keep the deployment's own package database below a persistent /var": () => {
    const changes = { 'var/lib/dpkg/status': 'Package: a\nVersion: 2\n', 'var/log/new.log': 'new\n' };
    withStack(
      ['erofs'],
      () => changes,
      (s) => {
        for (const shared of ['', 'written by the other slot\n']) {
          mountStack(s);
          assert.deepEqual(assemble(s), []);
          assert.deepEqual(s.node.builder.bindPersistent(['/var', '/etc/ssh']), []);
          assert.equal(s.node.inRoot('var/lib/dpkg/status'), changes['var/lib/dpkg/status'], shared);
          assert.equal(s.node.mounted().filter((point) => point.includes('/own/')).length, 0);
          writeFileSync(join(s.node.newRoot, 'var/lib/dpkg/status'), 'Package: a\nVersion: 3\n');
          const upper = join(s.node.data, `lifeboot/upper/a-${s.id}/upper/var/lib/dpkg/status`);
          assert.equal(readFileSync(upper, 'utf8'), 'Package: a\nVersion: 3\n');
          writeFileSync(join(s.node.newRoot, 'var/log/new.log'), 'later\n');
          s.node.builder.release();
          s.node.within(s.device, (dir) => {
            const store = join(dir, 'lifeboot');
            assert.equal(readFileSync(join(store, 'persist/var/log/new.log'), 'utf8'), 'later\n');
            writeFileSync(join(store, 'persist/var/lib/dpkg/status'), 'written by the other slot\n');
            rmSync(join(store, `upper/a-${s.id}`), { recursive: true });
          });
        }
      },
    );
  },
  'keep an identity file that was renewed before it went into a layer, unless that version was saved since': () => {
    withStack(
      ['erofs', 'dir'],
      (index): Tree => (index === 0 ? { 'etc/ssh/key': 'renewed\n' } : {}),
      (s) => {
        const place = (): string => {
          mountStack(s);
          assert.deepEqual(assemble(s), []);
          assert.deepEqual(s.node.builder.placeIdentity(['/etc/ssh/key']), []);
          return s.node.inRoot('etc/ssh/key');
        };
        s.node.within(s.device, (dir) => writeTree(join(dir, 'lifeboot/identity/etc/ssh'), { key: 'older\n' }));
        assert.equal(place(), 'renewed\n');
        s.node.builder.release();
        s.node.within(s.device, (dir) =>
          rememberSaved(join(dir, 'lifeboot'), '/etc/ssh/key', Buffer.from('renewed\n')),
        );
        assert.equal(place(), 'older\n');
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
