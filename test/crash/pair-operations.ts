/**
 * What the store says of deployments, cut at every step: each file is whole, old or new, and nothing names what is not there.
 *
 * The writes are those of `run`, `snapshot take` and `store compact`, in their order: manifest, pair, snapshot.
 */
import { boot } from '../../src/app/boot.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import { bareManifest, formatManifest, type Manifest, makeManifest } from '../../src/core/store/deployment.ts';
import { formatPair, NO_PAIR, type Pair, parsePair } from '../../src/core/store/pair.ts';
import { formatSnapshot, parseSnapshot, type Snapshot } from '../../src/core/store/snapshot.ts';
import { deleteManifest, saveManifest, savePair, saveSnapshot } from '../../src/platform/store/store-files.ts';
import type { Image } from './disk/image.ts';
import { require } from './laws.ts';
import { storeIn } from './reset-operations.ts';
import { DATA } from './simulated-places.ts';
import { dirs, type StoreOperation } from './store-operations.ts';

const STORE = `${DATA}/lifeboot`;
const BASE = { id: sha256('base'), version: '1' };

/** As many layers as make some sectors. */
function manifestOf(name: string, count: number): Manifest {
  const layers = Array.from({ length: 1 + (count % 9) }, (_, index) => ({
    ...{ digest: sha256(`${name} ${index}`), form: 'erofs' as const, sizeBytes: 4096 },
  }));
  return makeManifest({ ...bareManifest(BASE), layers, description: `${name} ${count}` });
}

/** Of a slot that the simulated node does not have: only the files count here. */
function pairOf({ id }: Manifest, number: number): Pair {
  return { ...NO_PAIR, slots: { x: id }, uppers: { x: number }, lastUpper: number };
}

function snapshotOf({ id }: Manifest, number: number): Snapshot {
  return {
    ...{ number, type: 'single', preNumber: null, deployment: id, slot: 'x', proof: null, createdAt: null },
    ...{ description: `snapshot ${number}`, userData: {}, cleanup: null, pinned: false },
  };
}

interface Stored {
  readonly old: Manifest;
  readonly made: Manifest;
}

const stored = (count: number): Stored => ({ old: manifestOf('old', count), made: manifestOf('made', count + 1) });

/** Every file is whole; what the pair and the snapshots name is there. */
function requireConsistent(image: Image, { old, made }: Stored, isDone: boolean): void {
  const files = storeIn(image);
  const manifests = new Map([old, made].map((each) => [each.id, formatManifest(each)]));
  for (const [path, text] of files) {
    const id = /^deployments\/([0-9a-f]{64})\.json$/.exec(path)?.[1];
    if (id !== undefined) require(text === manifests.get(id), `'${path}' has its name and is not whole`);
  }
  const named = (id: string | undefined): boolean => files.has(`deployments/${id}.json`);
  const pair = parsePair(files.get('snapshots/pair.json') ?? '');
  require(named(pair.slots['x']), 'the pair names a manifest that is not there');
  for (const [path, text] of files) {
    if (!/^snapshots\/\d+\.json$/.test(path)) continue;
    require(named(parseSnapshot(text, path).deployment), `'${path}' names a manifest that is not there`);
  }
  if (!isDone) return;
  require(pair.slots['x'] === made.id, 'the pair is lost after it was saved');
  require(files.get('snapshots/2.json') === formatSnapshot(snapshotOf(made, 2)), 'the snapshot is lost');
}

let now = stored(0);

export const PAIR_OPERATIONS: Readonly<Record<string, StoreOperation>> = {
  'pair, manifest and snapshot saved': {
    data(count) {
      now = stored(count);
      const { old } = now;
      return {
        ...dirs,
        [`lifeboot/deployments/${old.id}.json`]: formatManifest(old),
        'lifeboot/snapshots/pair.json': formatPair(pairOf(old, 1)),
      };
    },
    run(node) {
      const { old, made } = now;
      boot(node.ports);
      saveManifest(STORE, made);
      savePair(STORE, pairOf(made, 2));
      saveSnapshot(STORE, snapshotOf(made, 2));
      deleteManifest(STORE, old.id);
    },
    check: (image, marks) => requireConsistent(image, now, marks.includes('done')),
  },
};
