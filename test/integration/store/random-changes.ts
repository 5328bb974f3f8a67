/**
 * One random sequence: sessions of changes over a base, each sealed and looked at, and the whole chain flattened; every
 * time what is seen is compared with a plain tree that had the same changes.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerForm } from '../../../src/core/store/deployment.ts';
import { RandomChanges } from './change-trees.ts';
import { differences, showTree } from './compare-trees.ts';
import { fillBase, LayerWorld, makeSpecials, run, type Seal, withDisk } from './layer-world.ts';
import { makeRandom } from './random.ts';
import { TwinTrees } from './twin-trees.ts';

export interface SequenceOptions {
  readonly seed: number;
  readonly changes: number;
  readonly disk: string;
  readonly specials: string;
  readonly seal?: Seal;
}

const FORMS: readonly LayerForm[] = ['erofs', 'sqfs', 'dir', 'erofs'];

/** @returns what was done, by its name */
export function runSequence({ seed, changes, disk, specials, seal }: SequenceOptions): ReadonlyMap<string, number> {
  const random = makeRandom(seed);
  const world = new LayerWorld(disk, seal);
  try {
    const form = FORMS[seed % FORMS.length] ?? 'erofs';
    const redirectDir = random(3) === 0 ? 'off' : 'on';
    const sessions = 2 + random(4);
    const plain = join(world.dir, 'plain');
    const { dirs, files } = fillBase(world.base);
    run('cp', '-a', world.base, plain);
    const twins = new TwinTrees(plain, specials);
    const changer = new RandomChanges(twins, random, { withAcl: form !== 'sqfs', withLongNames: random(8) === 0 });
    for (const path of dirs) twins.kinds.set(path, 'dir');
    for (const path of files) twins.kinds.set(path, 'file');
    const wholeSeconds = form === 'sqfs';
    const expect = (stack: readonly string[], what: string): void => {
      const found = world.view(stack, (root) =>
        differences(showTree(plain, { wholeSeconds }), showTree(root, { wholeSeconds })),
      );
      // Not assert.equal(): it would cut a long text in the middle.
      if (found.length > 0) {
        assert.fail(
          `seed ${seed}, ${form}, redirects ${redirectDir}, ${what}: expected - and found +\n${found.join('\n')}`,
        );
      }
    };
    for (let session = 1; session <= sessions; session += 1) {
      const count = Math.ceil(changes / sessions);
      world.change((place) => twins.session(place, () => changer.make(count)), form, redirectDir);
      expect(world.stack, `after session ${session}`);
    }
    const flat = world.flatten(form);
    assert.ok(flat !== null);
    expect([world.mount(flat), world.base], 'flattened');
    return changer.done;
  } finally {
    world.close();
  }
}

/** Runs `count` sequences; a failure names its seed. */
export async function runSequences(firstSeed: number, count: number, changes: number): Promise<void> {
  const done = new Map<string, number>();
  const startedMs = performance.now();
  await withDisk(1024, async (disk) => {
    const specials = join(disk, 'specials');
    await makeSpecials(specials);
    mkdirSync(join(disk, 'worlds'));
    for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
      const found = runSequence({ seed, changes, disk: join(disk, 'worlds'), specials });
      for (const [name, times] of found) done.set(name, (done.get(name) ?? 0) + times);
      if ((seed - firstSeed) % 50 === 49) console.log(`${seed - firstSeed + 1} sequences passed`);
    }
  });
  const told = [...done].map(([name, times]) => `${name} ${times}`).join(', ');
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`${count} sequences of ${changes} from seed ${firstSeed} in ${seconds} s: ${told}`);
}
