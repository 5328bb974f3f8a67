/**
 * The layer store in memory: what the store on the data partition would hold, and every change to it in order.
 *
 * A cut is `failsAt`: that change and all later ones throw, as the medium does when the power goes.
 */
import type { LayerStore, RootDiff, RootSide, SealRequest, StagedRoot } from '../../src/app/ports.ts';
import type { SnapperSnapshot } from '../../src/core/btrfs/snapper-info.ts';
import { BootError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import type { Layer, Manifest } from '../../src/core/store/deployment.ts';
import type { Packages } from '../../src/core/store/packages.ts';
import { formatPair, type Pair, parsePair } from '../../src/core/store/pair.ts';
import type { Snapshot } from '../../src/core/store/snapshot.ts';

export interface FakeUpper {
  /** What its files hold: the same text gives the same layer, an empty one none. */
  readonly content: string;
  readonly sizeBytes?: number;
  readonly entries?: number;
}

export interface FakeLayersSetup {
  readonly pair?: Pair | null;
  readonly manifests?: readonly Manifest[];
  readonly snapshots?: readonly Snapshot[];
  readonly layers?: readonly Layer[];
  /** By `SLOT-KEY`. */
  readonly uppers?: Readonly<Record<string, FakeUpper>>;
  readonly freeBytes?: number;
  /** Why nothing can be written; absent: it can. */
  readonly unavailable?: string;
  /** The change at which the power goes, counted from 0. */
  readonly failsAt?: number;
  /** Manifests and snapshot files that are damaged, and what `verifyLayer` finds, by digest. */
  readonly damaged?: readonly string[];
  readonly verify?: Readonly<Record<string, string>>;
  readonly staged?: FakeStage;
  /** By the directory that they are in. */
  readonly snapper?: Readonly<Record<string, readonly SnapperSnapshot[]>>;
  /** What every comparison finds. */
  readonly diff?: RootDiff;
  /** By root: `/` runs, `/view` is what is looked at. */
  readonly packages?: Readonly<Record<string, Packages>>;
}

/** What a command does in a staged root. */
export interface FakeStage {
  readonly status?: number;
  /** What it has changed: the same text gives the same layer; absent: nothing. */
  readonly content?: string;
  readonly before?: Packages;
  readonly after?: Packages;
  readonly changedBoot?: readonly string[];
  readonly leftOut?: readonly string[];
}

interface Behind {
  readonly calls: string[];
  put(content: string): Layer;
}

function fakeStage(setup: FakeStage, { calls, put }: Behind): StagedRoot {
  let hasRun = false;
  return {
    root: '/staged/root',
    upper: '/staged/upper',
    run({ command }) {
      calls.push(`run ${command?.join(' ') ?? 'a shell'}`);
      hasRun = true;
      return setup.status ?? 0;
    },
    packages: () => (hasRun ? setup.after : setup.before) ?? null,
    changedBoot: () => setup.changedBoot ?? [],
    isChanged: () => setup.content !== undefined,
    seal() {
      calls.push('seal the changes');
      return setup.content === undefined ? null : put(setup.content);
    },
    addToShared() {
      calls.push('addToShared');
      return setup.leftOut ?? [];
    },
  };
}

export interface FakeLayers {
  readonly store: LayerStore;
  /** Every change and every long look, in order: `seal a over 0123`, `savePair`, `deleteLayer 0123`, … */
  readonly calls: readonly string[];
  readonly pair: () => Pair | null;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly layers: ReadonlyMap<string, Layer>;
  readonly snapshots: ReadonlyMap<number, Snapshot>;
  readonly uppers: ReadonlyMap<string, FakeUpper>;
}

function nameOf({ slot, manifest, isRunning, upper }: RootSide): string {
  const what = isRunning ? `running(${upper ?? 'no upper'})` : slot;
  return `${what}@${manifest?.id.slice(0, 4) ?? 'unknown'}`;
}

export function fakeLayers(setup: FakeLayersSetup = {}): FakeLayers {
  const calls: string[] = [];
  let pair = setup.pair ?? null;
  const manifests = new Map((setup.manifests ?? []).map((each) => [each.id, each]));
  const layers = new Map((setup.layers ?? []).map((each) => [each.digest, each]));
  const snapshots = new Map((setup.snapshots ?? []).map((each) => [each.number, each]));
  const uppers = new Map(Object.entries(setup.uppers ?? {}));
  let changes = 0;
  const change = (what: string): void => {
    if (setup.failsAt !== undefined && changes >= setup.failsAt) throw new BootError('IO', `cut at ${what}`);
    changes += 1;
    calls.push(what);
  };
  const put = (content: string): Layer => {
    const layer: Layer = { digest: sha256(content), form: 'erofs', sizeBytes: content.length };
    layers.set(layer.digest, layer);
    return layer;
  };
  const store: LayerStore = {
    requireWritable() {
      if (setup.unavailable !== undefined) throw new BootError('UNAVAILABLE', setup.unavailable);
    },
    clearLeftovers: () => undefined,
    freeBytes: () => setup.freeBytes ?? 1 << 30,
    readPair: () => pair,
    savePair(saved) {
      change('savePair');
      pair = parsePair(formatPair(saved));
    },
    readManifest(id) {
      if (setup.damaged?.includes(id) === true) throw new BootError('BAD_DATA', `the manifest '${id}' is damaged`);
      return manifests.get(id) ?? null;
    },
    saveManifest(manifest) {
      change(`saveManifest ${manifest.id.slice(0, 4)}`);
      manifests.set(manifest.id, manifest);
    },
    listManifests: () => [...new Set([...manifests.keys(), ...(setup.damaged ?? [])])],
    deleteManifest(id) {
      change(`deleteManifest ${id.slice(0, 4)}`);
      manifests.delete(id);
    },
    readSnapshots: () => ({
      snapshots: [...snapshots.values()].sort((left, right) => left.number - right.number),
      numbers: [...snapshots.keys()].sort((left, right) => left - right),
      problems: [],
    }),
    saveSnapshot(snapshot) {
      change(`saveSnapshot ${snapshot.number}`);
      snapshots.set(snapshot.number, snapshot);
    },
    deleteSnapshot(number) {
      change(`deleteSnapshot ${number}`);
      snapshots.delete(number);
    },
    listLayers: () => [...layers.values()],
    deleteLayer({ digest }) {
      change(`deleteLayer ${digest.slice(0, 4)}`);
      layers.delete(digest);
    },
    verifyLayer: ({ digest }) => setup.verify?.[digest] ?? (layers.has(digest) ? null : 'it is missing'),
    findUpper(slot, key) {
      const upper = uppers.get(`${slot}-${key}`);
      if (upper === undefined) return null;
      const isEmpty = upper.content === '';
      return {
        dir: `/data/upper/${slot}-${key}/upper`,
        sizeBytes: upper.sizeBytes ?? upper.content.length,
        entries: upper.entries ?? (isEmpty ? 0 : 1),
      };
    },
    seal({ upper, slot, over, own }: SealRequest, onStep) {
      const name = /^\/data\/upper\/(.*)\/upper$/.exec(upper)?.[1] ?? upper;
      const content = [uppers.get(name)?.content ?? '', ...own.map(({ path }) => path)].join('');
      change(`seal ${slot} over ${over?.id.slice(0, 4) ?? 'base'}`);
      onStep('packing');
      return content === '' ? null : put(content);
    },
    readSnapper: (place) => ({ snapshots: setup.snapper?.[place] ?? [], problems: [] }),
    adopt(place) {
      change(`adopt ${place}`);
      return { ...put(place), form: 'subvol' };
    },
    receive(stream) {
      change(`receive ${stream}`);
      return { ...put(stream), form: 'subvol' };
    },
    flatten(manifest, slot) {
      change(`flatten ${slot} ${manifest.id.slice(0, 4)}`);
      return manifest.layers.length === 0 ? null : put(manifest.layers.map(({ digest }) => digest).join('+'));
    },
    withStaged(slot, manifest, work) {
      calls.push(`stage ${slot} ${manifest.id.slice(0, 4)}`);
      try {
        return work(fakeStage(setup.staged ?? {}, { calls, put }));
      } finally {
        calls.push('unstage');
      }
    },
    withView: (slot, manifest, work) => {
      calls.push(`view ${slot} ${manifest.id.slice(0, 4)}`);
      return work('/view');
    },
    compare: ([from, to], { paths, content }) => {
      calls.push(`compare ${nameOf(from)} ${nameOf(to)} ${paths.join(',')}${content ? ' by line' : ''}`.trim());
      return setup.diff ?? { files: [], packages: null, texts: {} };
    },
    undo: ([from, to], { paths, force, dryRun }) => {
      const how = `${force ? ' by force' : ''}${dryRun ? ' dry' : ''}`;
      calls.push(`undo ${nameOf(from)} ${nameOf(to)} ${paths.join(',')}${how}`);
      return setup.diff?.files ?? [];
    },
    packagesIn: (root) => setup.packages?.[root] ?? null,
    listUppers: () =>
      [...uppers.keys()].map((name) => ({
        slot: name.slice(0, name.lastIndexOf('-')),
        key: name.slice(name.lastIndexOf('-') + 1),
      })),
    deleteUpper({ slot, key }) {
      change(`deleteUpper ${slot}-${key.slice(0, 4)}`);
      uppers.delete(`${slot}-${key}`);
    },
    ownMounts: () => undefined,
  };
  return { store, calls, pair: () => pair, manifests, layers, snapshots, uppers };
}
