/**
 * Layers and snapshots beside their floors: mounting stacks (a table, with the kernel's own cost beside it), `snapshot take`
 * with bases of different size, `snapshot list` of a hundred. Needs root and private mounts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distDir } from '../scripts/node-package.ts';
import { sha256 } from '../src/core/root/base-id.ts';
import { layerPath } from '../src/core/root/store-names.ts';
import { type ChangeLayer, formatManifest, type Layer, makeManifest } from '../src/core/store/deployment.ts';
import { formatSnapshot } from '../src/core/store/snapshot.ts';
import { unmountBelow } from '../src/platform/root/mounting.ts';
import { mountLayers } from '../src/platform/store/mount-layers.ts';
import { type LoopNode, makeTree, run, withLoopNode } from '../test/integration/boot/loop-node.ts';
import { withTempDir } from '../test/support/temp-dir.ts';
import { interleave, medianOf, sampleProgram } from './measure.ts';
import type { Finding } from './report.ts';

const COUNTS = [1, 20, 100, 400];
const ROUNDS = 5;
const FILES = [10_000, 200_000] as const;
const TAKE_RATIO = 1.2;
const TAKE_MS = 200;
const LIST_RATIO = 1.3;
const SNAPSHOTS = 100;

export function measureLayers(empty: string): Finding[] {
  showMounts();
  return [...measureTake(), ...measureList(empty)];
}

/** One image under many names: what is measured is mounting, not reading. */
function makeLayers(store: string, dir: string): readonly ChangeLayer[] {
  const tree = join(dir, 'tree');
  mkdirSync(join(tree, 'etc'), { recursive: true });
  mkdirSync(join(store, 'layers'), { recursive: true });
  return Array.from({ length: COUNTS.at(-1) ?? 0 }, (_, index) => {
    writeFileSync(join(tree, 'etc/count'), `${index}\n`);
    const layer: ChangeLayer = { digest: sha256(String(index)), form: 'erofs', sizeBytes: 4096 };
    execFileSync('mkfs.erofs', ['--quiet', join(store, layerPath(layer)), tree]);
    return layer;
  });
}

function showMounts(): void {
  withTempDir((dir) => {
    const [store, place] = [join(dir, 'store'), join(dir, 'mounts')];
    const layers = makeLayers(store, dir);
    console.log('     layers      lifeboot   mount(8) alone');
    for (const count of COUNTS) {
      const chosen = layers.slice(0, count);
      const timed = (work: () => void): number => {
        mkdirSync(place, { recursive: true });
        const startedMs = performance.now();
        work();
        const durationMs = performance.now() - startedMs;
        unmountBelow([place]);
        rmSync(place, { recursive: true, force: true });
        return durationMs;
      };
      const ours = (): number => timed(() => void mountLayers(chosen, store, place));
      const plain = (): number => timed(() => mountPlainly(chosen, store, place));
      const [own = [], floor = []] = interleave(ROUNDS, [ours, plain]);
      const cell = (ms: number): string => `${ms.toFixed(1)} ms`.padStart(12);
      console.log(`${String(count).padStart(11)}  ${cell(medianOf(own))}     ${cell(medianOf(floor))}`);
    }
  });
}

/** What mount(8) needs for the same, without anybody who looks at it. */
function mountPlainly(layers: readonly Layer[], store: string, place: string): void {
  const lines = layers.map((layer, index) => {
    mkdirSync(join(place, String(index)));
    return `${join(store, layerPath(layer))} ${join(place, String(index))} erofs ro,loop 0 0\n`;
  });
  const table = `${place}.fstab`;
  writeFileSync(table, lines.join(''));
  execFileSync('mount', ['-a', '-T', table]);
}

function withBase<T>(files: number, body: (node: LoopNode) => T): T {
  let result: T | undefined;
  withLoopNode(
    (node) => {
      const tree = makeTree(join(node.config, '..', `tree-${files}`), '1');
      for (let count = 0; count < files; count += 1) {
        if (count % 1000 === 0) mkdirSync(join(tree, 'usr/share', String(count / 1000)), { recursive: true });
        writeFileSync(join(tree, 'usr/share', String(Math.floor(count / 1000)), String(count)), '');
      }
      run('mksquashfs', tree, node.device('a'), '-noappend', '-quiet', '-no-progress', '-comp', 'gzip');
      rmSync(tree, { recursive: true });
      result = body(node);
    },
    // A persistent /var would bring the package database of this machine into the first layer.
    (text) => text.replace('"PARTLABEL=root-b"', '"PARTLABEL=root-a"').replace(/\[\[persist\]\]\npath = .*\n/, ''),
  );
  return result as T;
}

function measureTake(): Finding[] {
  const [smallMs, largeMs] = FILES.map((files) => withBase(files, takeMs)) as [number, number];
  const detail = `${smallMs.toFixed(0)} ms with ${FILES[0]} files in the base, ${largeMs.toFixed(0)} ms with ${FILES[1]}; empty upper`;
  return [
    { what: 'snapshot take, large base to small', value: largeMs / smallMs, budget: TAKE_RATIO, unit: 'x', detail },
    { what: 'snapshot take, empty upper', value: Math.max(smallMs, largeMs), budget: TAKE_MS, unit: ' ms', detail },
  ];
}

function takeMs(node: LoopNode): number {
  const times: number[] = [];
  node.boot(() => must(node, 'mark', 'good'));
  node.boot(() => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedMs = performance.now();
      must(node, 'snapshot', 'take');
      times.push(performance.now() - startedMs);
      must(node, 'snapshot', 'cancel');
    }
  });
  return medianOf(times);
}

function measureList(empty: string): Finding[] {
  let finding: Finding | undefined;
  withLoopNode((node) => {
    node.boot(() => {
      const store = '/run/lifeboot/data/lifeboot';
      for (const name of ['deployments', 'snapshots']) mkdirSync(join(store, name), { recursive: true });
      for (let number = 1; number <= SNAPSHOTS; number += 1) writeSnapshot(store, number);
      const list = [join(distDir, 'lifeboot'), 'snapshot', 'list', '--config', node.config];
      const [floor = [], lists = []] = interleave(15, [
        () => sampleProgram([empty]).durationMs,
        () => sampleProgram(list).durationMs,
      ]);
      const [floorMs, listMs] = [medianOf(floor), medianOf(lists)];
      finding = {
        what: `snapshot list of ${SNAPSHOTS}`,
        value: listMs / floorMs,
        budget: LIST_RATIO,
        unit: 'x',
        detail: `list ${listMs.toFixed(1)} ms, empty ${floorMs.toFixed(1)} ms, medians of 15`,
      };
    });
  });
  return finding === undefined ? [] : [finding];
}

function writeSnapshot(store: string, number: number): void {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 86_400_000).toISOString();
  const layers: Layer[] = [{ digest: sha256(`layer ${number}`), form: 'erofs', sizeBytes: number * 4096 }];
  const base = { id: sha256('base'), version: 'field-os 1.0' };
  const packages = { added: 3, changed: 12, removed: 1 };
  const rest = { sameAs: null, parent: null, createdAt, description: `upgrade ${number}`, packages };
  const manifest = makeManifest({ base, layers, ...rest });
  writeFileSync(join(store, `deployments/${manifest.id}.json`), formatManifest(manifest));
  const snapshot = {
    number,
    type: 'single',
    preNumber: null,
    deployment: manifest.id,
    slot: 'a',
    proof: null,
  } as const;
  const kept = { createdAt, description: `upgrade ${number}`, userData: {}, cleanup: 'number', pinned: false } as const;
  writeFileSync(join(store, `snapshots/${number}.json`), formatSnapshot({ ...snapshot, ...kept }));
}

function must(node: LoopNode, ...words: readonly string[]): void {
  const { status, stdout, stderr } = node.lifeboot(...words);
  if (status !== 0) throw new Error(`'lifeboot ${words.join(' ')}' ended with ${status}: ${stderr}${stdout}`);
}
