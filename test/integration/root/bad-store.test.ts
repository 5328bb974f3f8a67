/** A store that is not what lifeboot wrote: newer formats, links, pipes and devices where none belong. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Layer } from '../../../src/core/store/deployment.ts';
import { readManifest, readPair, readSnapshots } from '../../../src/platform/store/store-files.ts';
import { verifyLayer } from '../../../src/platform/store/verify-layer.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, run } from './disks.ts';
import { mountStack, type Stacked, withStack } from './stacks.ts';

type Damage = (store: string, s: Stacked) => void;

function imageOf({ layers }: Stacked): Layer {
  return layers[0] ?? assert.fail('no layer');
}

function directoryOf({ layers }: Stacked): Layer {
  return layers[1] ?? assert.fail('no layer');
}

function elsewhere(store: string, path: string): void {
  renameSync(join(store, path), join(store, 'tmp-elsewhere'));
  symlinkSync(relative(dirname(path), 'tmp-elsewhere'), join(store, path));
}

function replaced(store: string, path: string, ...node: readonly string[]): void {
  rmSync(join(store, path), { recursive: true });
  run('mknod', join(store, path), ...node);
}

/** What a slot with these layers is refused for, and what is said. */
const REFUSED: readonly (readonly [what: string, said: RegExp, damage: Damage])[] = [
  ['an image behind a link', /is not a file/, (store, s) => elsewhere(store, layerPath(imageOf(s)))],
  ['a directory behind a link', /is not a directory/, (store, s) => elsewhere(store, layerPath(directoryOf(s)))],
  ['all layers behind a link', /behind a link/, (store) => elsewhere(store, 'layers')],
  ['a device for an image', /is not a file/, (store, s) => replaced(store, layerPath(imageOf(s)), 'b', '7', '0')],
  ['a pipe for a manifest', /is not a file/, (store, s) => replaced(store, `deployments/${s.id}.json`, 'p')],
  [
    'a device for a manifest',
    /is not a file/,
    (store, s) => replaced(store, `deployments/${s.id}.json`, 'c', '1', '5'),
  ],
  ['a manifest behind a link', /is not a file/, (store, s) => elsewhere(store, `deployments/${s.id}.json`)],
  [
    'a newer manifest',
    /of a newer format/,
    (store, s) => edit(join(store, `deployments/${s.id}.json`), '"format": 1', '"format": 2'),
  ],
  [
    'a manifest too large to be one',
    /too much/,
    (store, s) => writeFileSync(join(store, `deployments/${s.id}.json`), ' '.repeat(2 << 20)),
  ],
];

function edit(file: string, what: string, by: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(what, by));
}

function withBad(damage: Damage, body: (s: Stacked) => void): void {
  withStack(
    ['erofs', 'dir'],
    (index) => ({ [`etc/n${index}`]: 'n\n' }),
    (s) => {
      s.node.within(s.device, (dir) => damage(join(dir, 'lifeboot'), s));
      body(s);
    },
  );
}

spec('a store that is not what lifeboot wrote', {
  'gives a slot no layers through links, devices, pipes or newer formats, and says which': () => {
    for (const [what, said, damage] of REFUSED) {
      withBad(damage, (s) => {
        const error = assertFails('CONTENT', said, () => mountStack(s));
        assert.ok(error.message.length > 0, what);
        assert.deepEqual(
          s.node.mounted().filter((point) => point.includes('/l/')),
          [],
          what,
        );
        assert.equal(mountStack(s, { isClean: true }).stack, null, what);
      });
    }
  },
  'is told apart from a pair that is not there: the boot goes by its own record': () => {
    for (const damage of [['p'], ['c', '1', '5']]) {
      withBad(
        (store) => replaced(store, 'snapshots/pair.json', ...damage),
        (s) => {
          const { stack, degraded } = mountStack(s);
          assert.deepEqual([stack?.deployment.id, degraded.length], [s.id, 1]);
        },
      );
    }
  },
  'is refused by every reader': () => {
    withBad(
      (store, s) => {
        elsewhere(store, layerPath(imageOf(s)));
        assert.match(verifyLayer(store, imageOf(s)) ?? '', /should be a file and is none/);
        mkdirSync(join(store, 'snapshots/3.json'));
        writeFileSync(join(store, 'snapshots/4.json'), '{"format": 2}');
        assert.equal(readSnapshots(store).problems.length, 2);
        edit(join(store, 'snapshots/pair.json'), '"format": 1', '"format": 2');
        assertFails('BAD_DATA', /newer format, and is left alone/, () => readPair(store));
        edit(join(store, `deployments/${s.id}.json`), imageOf(s).digest, `../../${imageOf(s).digest.slice(6)}`);
        assertFails('BAD_DATA', /is damaged/, () => readManifest(store, s.id));
      },
      () => undefined,
    );
  },
});
