/**
 * The layer store on the data partition of the running node: the port's methods on top of the files beside this one.
 *
 * Invariant: nothing is looked for before it is asked for; a node without a data partition has this adapter, too.
 */
import { lstatSync, mkdirSync, mkdtempSync, renameSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LayerStore, RootSide } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import type { BaseSource } from '../../core/root/base-source.ts';
import { mountAt, optionValue } from '../../core/root/mountinfo.ts';
import { layerPath, STORE, upperName } from '../../core/root/store-names.ts';
import type { SlotName } from '../../core/slot.ts';
import { LAYER_FORMS, type Layer, type LayerForm, type Manifest } from '../../core/store/deployment.ts';
import type { UpperName } from '../../core/store/garbage.ts';
import { readSnapper } from '../btrfs/read-snapper.ts';
import { syncPath } from '../root/durable.ts';
import { mountEntries } from '../root/mounting.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { diffRoots } from './diff-roots.ts';
import { diskUsage } from './disk-usage.ts';
import { flattenLayers } from './flatten-layers.ts';
import { type Become, ownMounts } from './own-mounts.ts';
import { readPackages } from './read-packages.ts';
import { adoptSubvolume, receiveSubvolume } from './receive-subvolume.ts';
import { clearLeftovers, remove } from './remove.ts';
import { sealLayer } from './seal-layer.ts';
import { findForm, stagedRoot } from './staged-command.ts';
import { mountView, type Stage, withStage } from './staged-root.ts';
import * as files from './store-files.ts';
import { deleteWhole, discardUnfinished } from './subvolume-layer.ts';
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
  const stage = <T>(slot: SlotName, { layers }: Pick<Manifest, 'layers'>, work: (stage: Stage) => T): T =>
    withStage({ runDir, store, source: sourceOf(slot), layers }, work);
  const sides = { runDir, store, sourceOf: (side: RootSide) => sourceOf(side.slot), systemRoot };
  return {
    requireWritable: () => requireWritable(data, store),
    clearLeftovers() {
      clearLeftovers(store);
      discardUnfinished(store);
    },
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
      // A directory of the base that was renamed has its content there, also where there are no layers.
      return stage(slot, over ?? { layers: [] }, (mounted) => {
        const request = { upper, store, form: form ?? findForm(mounted, data), isLive, own };
        return sealLayer({ ...request, stack: mounted.lower }, onStep);
      });
    },
    readSnapper: (place) => readSnapper(data, place),
    adopt: (place) => adoptSubvolume(store, resolveInRoot(data, place)),
    receive: (stream) => receiveSubvolume(store, stream),
    flatten: (manifest, slot, onStep) =>
      stage(slot, manifest, (mounted) => {
        const [layers, base] = [mounted.lower.slice(0, -1), mounted.lower.at(-1) ?? null];
        return flattenLayers({ layers, base, store, form: findForm(mounted, data) }, onStep);
      }),
    withStaged: (slot, manifest, work) =>
      withPlace(store, (place) =>
        stage(slot, manifest, (mounted) => work(stagedRoot(mounted, { place, store, data, env }))),
      ),
    withView: (slot, manifest, work) => stage(slot, manifest, (mounted) => work(mountView(mounted))),
    compare: (pair, request) => diffRoots(sides, pair, request),
    undo: (pair, request) => undoPaths(sides, pair, request),
    packagesIn: readPackages,
    ownMounts: () => ownMounts(become, definedOnly(env), pid),
  };
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
    const [, digest = '', form = 'dir'] = /^([0-9a-f]{64})(?:\.(erofs|sqfs|subvol))?$/.exec(name) ?? [];
    const known = LAYER_FORMS.find((each) => each === form);
    if (digest === '' || known === undefined) return [];
    const place = join(store, 'layers', name);
    return [{ digest, form: known, sizeBytes: sizeOf(known, place) }];
  });
}

function sizeOf(form: LayerForm, place: string): number {
  // What a subvolume shares with others is not its own, and only its manifest knows the rest.
  if (form === 'subvol') return 0;
  return form === 'dir' ? diskUsage(place).sizeBytes : statSync(place).size;
}

function deleteLayer(store: string, layer: Layer): void {
  if (layer.form === 'subvol') {
    deleteWhole(store, layer);
    return;
  }
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

function definedOnly(env: StoreOptions['env']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
