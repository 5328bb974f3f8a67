/**
 * `lifeboot diff` of two deployments that differ in 1 % of 100,000 files, beside `diff -rq --no-dereference` on nothing but those
 * files. Both mount what they compare: the floor the two images that hold them. Needs root and private mounts.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../src/core/root/base-id.ts';
import { layerPath } from '../src/core/root/store-names.ts';
import { type Layer, type Manifest, makeManifest } from '../src/core/store/deployment.ts';
import { diffRoots } from '../src/platform/store/diff-roots.ts';
import { withTempDir } from '../test/support/temp-dir.ts';
import { runTool } from '../test/vm/support/run-tool.ts';
import { interleave, medianOf, sampleProgram } from './measure.ts';
import type { Finding } from './report.ts';

const ROUNDS = 15;
const BUDGET = 2;
const FILES = 100_000;
const PER_DIRECTORY = 100;
/** One file in so many differs. */
const EACH = 100;

export function measureDiff(): Finding[] {
  return withTempDir((dir) => {
    const setup = prepare(dir);
    const sides = [setup.before, setup.after] as const;
    const own = (): number => {
      const startedNs = process.hrtime.bigint();
      const { files } = diffRoots(setup.request, sides, { paths: [], content: false });
      const durationMs = Number(process.hrtime.bigint() - startedNs) / 1e6;
      const changed = files.filter(({ what }) => what.includes('content')).length;
      if (changed !== FILES / EACH) throw new Error(`${changed} files differ, not ${FILES / EACH}`);
      return durationMs;
    };
    const floor = () => sampleProgram(['sh', '-c', setup.floor]).durationMs;
    let medians: readonly number[];
    try {
      medians = interleave(ROUNDS, [own, floor]).map(medianOf);
    } finally {
      runTool('losetup', ['--detach', setup.device]);
    }
    const [ownMs = 0, floorMs = 0] = medians;
    const detail = `diff ${ownMs.toFixed(0)} ms, diff -rq on the ${FILES / EACH} files ${floorMs.toFixed(0)} ms, medians of ${ROUNDS}`;
    return [{ what: 'lifeboot diff, 1 % of 100,000 files', value: ownMs / floorMs, budget: BUDGET, unit: 'x', detail }];
  });
}

function prepare(dir: string) {
  const [old, fresh] = [join(dir, 'old'), join(dir, 'new')];
  const [base, layer, before] = [join(dir, 'base.img'), join(dir, 'layer.img'), join(dir, 'before.img')];
  const tree = join(dir, 'tree');
  for (let index = 0; index < FILES; index += 1) {
    const name = `usr/share/d${Math.floor(index / PER_DIRECTORY)}/file-${index}`;
    if (index % PER_DIRECTORY === 0) {
      for (const top of [tree, old, fresh]) mkdirSync(join(top, name, '..'), { recursive: true });
    }
    const text = `${`${index} `.repeat(200)}\n`;
    writeFileSync(join(tree, name), text);
    if (index % EACH !== 0) continue;
    writeFileSync(join(old, name), text);
    // Of the same size, so that both have to be read.
    writeFileSync(join(fresh, name), text.replace(' ', '_'));
  }
  for (const [from, image] of [
    [tree, base],
    [fresh, layer],
    [old, before],
  ] as const) {
    runTool('mkfs.erofs', ['--quiet', image, from]);
  }
  const store = join(dir, 'lifeboot');
  const made: Layer = { digest: sha256('layer'), form: 'erofs', sizeBytes: statSync(layer).size };
  mkdirSync(join(store, 'layers'), { recursive: true });
  runTool('cp', [layer, join(store, layerPath(made))]);
  const manifest = (layers: readonly Layer[]): Manifest =>
    makeManifest({
      ...{ base: { id: sha256('base'), version: null }, layers, sameAs: null, parent: null },
      ...{ createdAt: null, description: '', packages: null },
    });
  const side = (layers: readonly Layer[]) => ({ slot: 'a', manifest: manifest(layers), isRunning: false, upper: null });
  const device = runTool('losetup', ['--find', '--show', '--read-only', base]).stdout.trim();
  const [one, other] = [join(dir, 'one'), join(dir, 'other')];
  for (const place of [one, other]) mkdirSync(place);
  const mount = (image: string, place: string) => `mount -t erofs -o ro,loop ${image} ${place}`;
  const compare = `diff -rq --no-dereference ${one} ${other} >/dev/null || [ $? = 1 ]`;
  return {
    device,
    request: { runDir: join(dir, 'run'), store, sourceOf: () => ({ root: device }), systemRoot: '/' },
    before: side([]),
    after: side([made]),
    floor: `${mount(before, one)} && ${mount(layer, other)} && ${compare}; umount ${one} ${other}`,
  };
}
