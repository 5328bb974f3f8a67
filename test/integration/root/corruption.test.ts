/**
 * Random damage to the inactive slot's layers, to its manifest and to the pair, in each state of the pair: the locked slot
 * is mounted all the same, with the digest that it had. On real mounts, by the production root builder.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { layerPath } from '../../../src/core/root/store-names.ts';
import { type Layer, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { NO_PAIR, type Pair } from '../../../src/core/store/pair.ts';
import { readManifest, saveManifest, savePair } from '../../../src/platform/store/store-files.ts';
import { verifyLayer } from '../../../src/platform/store/verify-layer.ts';
import { spec } from '../../support/spec.ts';
import { makeRandom, type Random } from '../store/random.ts';
import { assemble, mountStack, packLayer, type Stacked, withStack } from './stacks.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = 12;

/** What the pair says in each state of RFC-0005. */
function pairs(a: string, b: string): Readonly<Record<string, Pair>> {
  const slots = { a, b };
  const taken = { active: 'a', inactive: 'b', writable: 'b', before: null, beforeUpper: null, bootId: 'x', at: null };
  const uppers = { a: 1, b: 2 };
  return {
    before: { ...NO_PAIR, slots },
    taken: { slots, uppers, lastUpper: 2, taken },
    rebooted: { slots, uppers, lastUpper: 2, taken: { ...taken, bootId: 'earlier' } },
  };
}

/** Slot b has a layer more than slot a, and nothing else of its own. */
function giveB(s: Stacked, store: string): { readonly b: Manifest; readonly own: readonly Layer[] } {
  const own = (['erofs', 'dir'] as const).map((form) =>
    packLayer(s.node, store, form, { [`etc/${form}`]: 'b\n', 'etc/hostname': 'b\n' }),
  );
  const a = readManifest(store, s.id) ?? assert.fail('no manifest');
  const b = makeManifest({ ...a, layers: [...a.layers, ...own], parent: a.id });
  saveManifest(store, b);
  return { b, own };
}

const DAMAGES: readonly ((path: string, random: Random) => void)[] = [
  (path) => rmSync(path, { recursive: true }),
  (path) => replace(path, () => symlinkSync('/etc', path)),
  (path) => replace(path, () => mkdirSync(path)),
  (path, random) => isFile(path) && truncateSync(path, random(statSync(path).size)),
  (path, random) => isFile(path) && flip(path, random, 1),
  (path, random) => isFile(path) && flip(path, random, 64),
];

function isFile(path: string): boolean {
  return statSync(path).isFile();
}

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true });
  make();
}

function flip(path: string, random: Random, count: number): void {
  const bytes = readFileSync(path);
  for (let done = 0; done < count; done += 1) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  writeFileSync(path, bytes);
}

spec('the locked slot', {
  'is mounted with its digest, whatever is damaged of the other slot, its manifest or the pair': () => {
    console.log(`SEED=${SEED}`);
    const random = makeRandom(SEED);
    withStack(
      ['erofs', 'erofs'],
      (index) => ({ 'etc/hostname': `a${index}\n` }),
      (s) => {
        const store = (dir: string): string => join(dir, 'lifeboot');
        const kept = join(s.node.dir, 'kept');
        const { b, own } = s.node.within(s.device, (dir) => giveB(s, store(dir)));
        s.node.within(s.device, (dir) => copy(store(dir), kept));
        for (const [state, pair] of Object.entries(pairs(s.id, b.id))) {
          const victims = [...own.map(layerPath), `deployments/${b.id}.json`, 'snapshots/pair.json'];
          for (let round = 0; round < ROUNDS; round += 1) {
            const victim = victims[round % victims.length] ?? '';
            const damage = DAMAGES[random(DAMAGES.length)] ?? assert.fail();
            s.node.within(s.device, (dir) => {
              savePair(store(dir), pair);
              damage(join(store(dir), victim), random);
            });
            const told = `${state}, round ${round}: ${victim}`;
            const { stack } = mountStack(s);
            assert.equal(stack?.deployment.id, s.id, told);
            for (const each of assemble(s)) assert.doesNotMatch(each, /layer/, told);
            assert.equal(s.node.inRoot('etc/hostname'), 'a1\n', told);
            for (const layer of s.layers) assert.equal(verifyLayer(store(s.node.data), layer), null, told);
            s.node.builder.release();
            s.node.within(s.device, (dir) => copy(kept, store(dir)));
          }
        }
      },
    );
  },
});

/** Layers, manifests and pair as they were. */
function copy(from: string, to: string): void {
  for (const name of ['layers', 'deployments', 'snapshots']) {
    rmSync(join(to, name), { recursive: true, force: true });
    copyTree(join(from, name), join(to, name));
  }
}

function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else copyFileSync(source, target);
  }
}
