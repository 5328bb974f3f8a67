/**
 * What in the store nothing needs any more.
 *
 * Pure. Invariant: what a slot, the snapshot in progress, a kept snapshot or the running system needs is never in the
 * answer, and all else is. Where something that is needed cannot be read, what it may need is kept. Delete in the order
 * given: a cut leaves a layer that nothing names, which the next collection finds, and never a name without its layer.
 */
import type { SlotName } from '../slot.ts';
import type { Layer, Manifest } from './deployment.ts';
import { keyOf, type Pair, upperKey } from './pair.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotNumber, snapshotSlot } from './snapshot-name.ts';

/** The name of an upper, `SLOT-KEY`, in its parts. */
export interface UpperName {
  readonly slot: SlotName;
  readonly key: string;
}

export interface StoreContent {
  readonly pair: Pair;
  readonly snapshots: readonly Snapshot[];
  /** Whether each snapshot's file could be read. */
  readonly snapshotsAreWhole: boolean;
  /** By id; null: damaged, or of a newer format. */
  readonly manifests: Readonly<Record<string, Manifest | null>>;
  readonly layers: readonly Layer[];
  /** The last used first. */
  readonly uppers: readonly UpperName[];
  /** What the base of each slot is; a slot that cannot be looked into has no entry. */
  readonly bases: Readonly<Record<SlotName, string>>;
  readonly running: { readonly slot: SlotName; readonly deploymentId: string | null } | null;
  readonly bootId: string;
}

export interface Garbage {
  readonly uppers: readonly UpperName[];
  readonly manifests: readonly string[];
  readonly layers: readonly Layer[];
}

const NO_GARBAGE: Garbage = { uppers: [], manifests: [], layers: [] };

export function selectGarbage(store: StoreContent): Garbage {
  if (!store.snapshotsAreWhole) return NO_GARBAGE;
  const needed = neededDeployments(store);
  const manifests = Object.keys(store.manifests).filter((id) => !needed.has(id));
  return { uppers: unneededUppers(store), manifests, layers: unneededLayers(store, needed) };
}

/** Ids, among them those of bases alone. */
function neededDeployments({ pair, snapshots, running, bootId }: StoreContent): ReadonlySet<string> {
  const { taken } = pair;
  const before = taken?.bootId === bootId ? taken.before : null;
  const ids = [
    ...Object.values(pair.slots),
    ...snapshots.map(({ deployment }) => deployment),
    before,
    running?.deploymentId ?? null,
  ];
  return new Set(ids.filter((id) => id !== null));
}

function unneededLayers({ manifests, layers }: StoreContent, needed: ReadonlySet<string>): readonly Layer[] {
  const read = Object.entries(manifests).filter(([id]) => needed.has(id));
  // What it was made of cannot be told, so it may be made of anything that is there.
  if (read.some(([, manifest]) => manifest === null)) return [];
  const kept = new Set(read.flatMap(([, manifest]) => manifest?.layers.map(({ digest }) => digest) ?? []));
  return layers.filter(({ digest }) => !kept.has(digest));
}

/**
 * A slot needs the upper of what it holds, and in the boot of a snapshot also the one that the system still writes to. The
 * boot stage keeps one more for a base that may come back (`retiredUppers`), and so does this.
 */
function unneededUppers(store: StoreContent): readonly UpperName[] {
  const spared = new Set<SlotName>();
  return store.uppers.filter(({ slot, key }) => {
    const needed = neededKeys(store, slot);
    if (needed === null || needed.includes(key)) return false;
    if (snapshotNumber(slot) !== null || isOfLayers(store, key) || spared.has(slot)) return true;
    spared.add(slot);
    return false;
  });
}

/** null: not known, so that all are kept. */
function neededKeys(
  { pair, snapshots, bases, running, bootId }: StoreContent,
  slot: SlotName,
): readonly string[] | null {
  const snapshot = snapshots.find(({ number }) => snapshotSlot(number) === slot);
  if (snapshot !== undefined) return [snapshot.upper ?? snapshot.deployment];
  const base = Object.hasOwn(bases, slot) ? (bases[slot] ?? null) : null;
  const held = Object.hasOwn(pair.slots, slot) ? (pair.slots[slot] ?? base) : base;
  if (held === null) return snapshotNumber(slot) === null ? null : [];
  const { taken } = pair;
  const isSession = taken?.active === slot && taken.bootId === bootId;
  const before = isSession ? (taken.before ?? base) : null;
  if (isSession && before === null) return null;
  const ran = running?.slot === slot && !isSession ? running.deploymentId : null;
  return [
    upperKey(pair, slot, held),
    ...(before === null ? [] : [keyOf(before, taken?.beforeUpper ?? null)]),
    ...(ran === null ? [] : [upperKey(pair, slot, ran)]),
  ];
}

/** Whether an upper lay over layers, or was given its number by a snapshot: then nothing brings its deployment back. */
function isOfLayers({ manifests, bases }: StoreContent, key: string): boolean {
  const [id = '', number] = key.split('.');
  return number !== undefined || (Object.hasOwn(manifests, id) && !Object.values(bases).includes(id));
}
