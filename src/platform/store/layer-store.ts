/**
 * The layer store on the data partition of the running node: the port's methods on top of the files beside this one.
 *
 * Invariant: nothing is looked for before it is asked for; a node without a data partition has this adapter, too.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LayerStore, RootSide, StagedRoot } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import type { BaseSource } from '../../core/root/base-source.ts';
import { mountAt, optionValue } from '../../core/root/mountinfo.ts';
import { layerPath, STORE, upperName } from '../../core/root/store-names.ts';
import type { SlotName } from '../../core/slot.ts';
import { chooseForm } from '../../core/store/choose-form.ts';
import { LAYER_FORMS, type Layer, type LayerForm, type Manifest } from '../../core/store/deployment.ts';
import type { UpperName } from '../../core/store/garbage.ts';
import { bootPaths } from '../../core/store/staged-changes.ts';
import { syncPath } from '../root/durable.ts';
import { mountEntries } from '../root/mounting.ts';
import { runTool } from '../root/tools.ts';
import { execute, furnish, makeUnderlay } from './change-root.ts';
import { diffRoots } from './diff-roots.ts';
import { flattenLayers } from './flatten-layers.ts';
import { gatherFormFacts } from './form-facts.ts';
import { changedPaths, hasChanges } from './look-at-changes.ts';
import { type Become, ownMounts } from './own-mounts.ts';
import { readPackages } from './read-packages.ts';
import { clearLeftovers, remove } from './remove.ts';
import { sealLayer } from './seal-layer.ts';
import { addToShared, mountShared, type SharedDir } from './shared-dirs.ts';
import { mountView, mountWritable, type Stage, withStage } from './staged-root.ts';
import * as files from './store-files.ts';
import { undoPaths } from './undo-paths.ts';
import { verifyLayer } from './verify-layer.ts';

export interface StoreOptions {
  /** `/run/lifeboot`. */
  readonly runDir: string;
  /** Where a slot's base is, as configured. */
  sourceOf(slot: SlotName): BaseSource;
  runningSlot(): SlotName | null;
  /** `/`: the root that runs. */
  readonly systemRoot: string;
  readonly become: Become;
  /** Of this process. */
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function makeLayerStore({
  runDir,
  sourceOf,
  runningSlot,
  systemRoot,
  become,
  pid,
  env,
}: StoreOptions): LayerStore {
  const data = join(runDir, 'data');
  const store = join(data, STORE);
  const stage = <T>(slot: SlotName, { layers }: Manifest, work: (stage: Stage) => T): T =>
    withStage({ runDir, store, source: sourceOf(slot), layers }, work);
  const sides = { runDir, store, sourceOf: (side: RootSide) => sourceOf(side.slot), systemRoot };
  return {
    requireWritable: () => requireWritable(data, store),
    clearLeftovers: () => clearLeftovers(store),
    freeBytes() {
      const { bavail, bsize } = statfsSync(data);
      return bavail * bsize;
    },
    readPair: () => files.readPair(store),
    savePair: (pair) => files.savePair(store, pair),
    readManifest: (id) => files.readManifest(store, id),
    saveManifest: (manifest) => files.saveManifest(store, manifest),
    listManifests: () => files.listManifests(store),
    deleteManifest: (id) => files.deleteManifest(store, id),
    readSnapshots: () => files.readSnapshots(store),
    saveSnapshot: (snapshot) => files.saveSnapshot(store, snapshot),
    deleteSnapshot: (number) => files.deleteSnapshot(store, number),
    listLayers: () => listLayers(store),
    deleteLayer: (layer) => deleteLayer(store, layer),
    verifyLayer: (layer) => verifyLayer(store, layer),
    findUpper(slot, key) {
      const name = upperName(`${slot}-${key}`);
      return slot === runningSlot() && !isInUse(name) ? null : findUpper(store, name);
    },
    listUppers: () => listUppers(store),
    deleteUpper: ({ slot, key }) => deleteUpper(store, upperName(`${slot}-${key}`)),
    seal({ upper, slot, over, isLive, form, own }, onStep) {
      const request = { upper, store, form: form ?? findForm(), isLive, own };
      if (over === null) return sealLayer({ ...request, stack: [] }, onStep);
      return stage(slot, over, ({ lower }) => sealLayer({ ...request, stack: lower }, onStep));
    },
    flatten: (manifest, slot, onStep) =>
      stage(slot, manifest, ({ lower }) => {
        const [layers, base] = [lower.slice(0, -1), lower.at(-1) ?? null];
        return flattenLayers({ layers, base, store, form: findForm() }, onStep);
      }),
    withStaged: (slot, manifest, work) =>
      withPlace(store, (place) => stage(slot, manifest, (mounted) => work(stagedRoot(mounted, { place, store, env })))),
    withView: (slot, manifest, work) => stage(slot, manifest, (mounted) => work(mountView(mounted))),
    compare: (pair, request) => diffRoots(sides, pair, request),
    undo: (pair, request) => undoPaths(sides, pair, request),
    packagesIn: readPackages,
    ownMounts: () => ownMounts(become, definedOnly(env), pid),
  };
}

function findForm(): LayerForm {
  return chooseForm(gatherFormFacts());
}

interface StagePlace {
  /** An empty directory of the store. */
  readonly place: string;
  readonly store: string;
  readonly env: StoreOptions['env'];
}

function stagedRoot(stage: Stage, { place, store, env }: StagePlace): StagedRoot {
  const { dir, lower } = stage;
  const under = join(dir, 'under');
  makeUnderlay(under);
  const { root, upper } = mountWritable(stage, place, under);
  let shared: readonly SharedDir[] | null = null;
  return {
    root,
    upper,
    run(order) {
      if (shared === null) {
        shared = mountShared(root, order.shared, { store, changes: join(place, 'shared'), aside: join(dir, 'own') });
        furnish(root, dir);
      }
      const log = order.command === null ? null : openLog(store);
      return execute({ root, dir, command: order.command, log, env, isTerminal: order.isTerminal });
    },
    packages: () => readPackages(root),
    changedBoot: () => bootPaths(changedPaths(upper)),
    isChanged: () => hasChanges(upper, lower),
    seal: (onStep) => sealLayer({ upper, stack: lower, store, form: findForm(), isLive: false, own: [] }, onStep),
    addToShared: () => addToShared(shared ?? [], store),
  };
}

/** The output of the last runs; the oldest goes. */
const LOGS = 10;

function openLog(store: string): string {
  const dir = join(store, 'log');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const names = readdirSync(dir).sort();
  for (const name of names.slice(0, Math.max(0, names.length - LOGS + 1))) rmSync(join(dir, name));
  const number = 1 + Number(/^run-(\d+)\.log$/.exec(names.at(-1) ?? '')?.[1] ?? 0);
  return join(dir, `run-${String(number).padStart(6, '0')}.log`);
}

function withPlace<T>(store: string, work: (place: string) => T): T {
  const tmp = join(store, 'tmp');
  mkdirSync(tmp, { recursive: true, mode: 0o700 });
  const place = mkdtempSync(join(tmp, 'stage-'));
  try {
    return work(place);
  } finally {
    remove(place);
  }
}

function requireWritable(data: string, store: string): void {
  const entry = mountAt(mountEntries(), data);
  const hint = "'lifeboot status' and 'lifeboot doctor' say why";
  if (entry === undefined || lstatSync(store, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new BootError('UNAVAILABLE', 'there is no data partition in this boot', { hint });
  }
  if (!entry.options.includes('ro') && !entry.superOptions.includes('ro')) return;
  throw new BootError('UNAVAILABLE', 'the data partition is read-only', { hint });
}

function listLayers(store: string): readonly Layer[] {
  return files.namesIn(join(store, 'layers')).flatMap((name): readonly Layer[] => {
    const [, digest = '', form = 'dir'] = /^([0-9a-f]{64})(?:\.(erofs|sqfs))?$/.exec(name) ?? [];
    const known = LAYER_FORMS.find((each) => each === form);
    if (digest === '' || known === undefined) return [];
    const place = join(store, 'layers', name);
    return [{ digest, form: known, sizeBytes: known === 'dir' ? diskUsage(place).sizeBytes : statSync(place).size }];
  });
}

function deleteLayer(store: string, layer: Layer): void {
  remove(join(store, layerPath(layer)));
  syncPath(join(store, 'layers'));
}

function findUpper(store: string, name: string): ReturnType<LayerStore['findUpper']> {
  const dir = join(store, 'upper', name, 'upper');
  if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  return { dir, ...diskUsage(dir) };
}

function listUppers(store: string): readonly UpperName[] {
  const usedAt = (name: string): number => statSync(join(store, 'upper', name)).mtimeMs;
  const names = [...files.namesIn(join(store, 'upper'))].sort((left, right) => usedAt(right) - usedAt(left));
  return names.flatMap((name) => {
    const at = name.lastIndexOf('-');
    return /^[a-z][a-z0-9_-]*-[0-9a-f]{64}(\.\d+)?$/.test(name)
      ? [{ slot: name.slice(0, at), key: name.slice(at + 1) }]
      : [];
  });
}

/** Out of the way at once; deleting takes longer, and the next boot goes on with it. Never what a root is written to. */
function deleteUpper(store: string, name: string): void {
  if (isInUse(name)) return;
  mkdirSync(join(store, 'tmp'), { recursive: true, mode: 0o700 });
  const away = join(mkdtempSync(join(store, 'tmp', 'retired-')), name);
  renameSync(join(store, 'upper', name), away);
  remove(dirname(away));
}

/** Whether it is the upper of a root: one that could not be used became one in memory. */
function isInUse(name: string): boolean {
  const uppers = mountEntries().map(({ superOptions }) => optionValue(superOptions, 'upperdir'));
  return uppers.some((upper) => upper?.endsWith(`/upper/${name}/upper`) === true);
}

function diskUsage(dir: string): { readonly sizeBytes: number; readonly entries: number } {
  if (readdirSync(dir).length === 0) return { sizeBytes: 0, entries: 0 };
  const [sizeBytes, entries] = [['--apparent-size', '--block-size=1'], ['--inodes']].map((options) =>
    Number(/^\d+/.exec(runTool(['du', '-s', ...options, '--', dir], { timeoutMs: 120_000 }))?.[0] ?? 0),
  ) as [number, number];
  return { sizeBytes, entries: entries - 1 };
}

function definedOnly(env: StoreOptions['env']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
