/**
 * The kept snapshots as `snapshot list` shows them.
 *
 * Pure. What a snapshot alone keeps is counted from manifests, so no list ever looks through the store.
 */
import type { SlotName } from '../slot.ts';
import type { Manifest, PackageCounts } from './deployment.ts';
import type { Pair } from './pair.ts';
import type { Snapshot } from './snapshot.ts';

export interface SnapshotEntry {
  readonly number: number;
  readonly type: Snapshot['type'];
  readonly preNumber: number | null;
  readonly createdAt: string | null;
  readonly description: string;
  readonly userData: Readonly<Record<string, string>>;
  readonly cleanup: Snapshot['cleanup'];
  readonly pinned: boolean;
  readonly deployment: string;
  readonly version: string | null;
  /** Against the deployment that it was made from; null: not counted, or the manifest cannot be read. */
  readonly packages: PackageCounts | null;
  /** What would be free without it; null: the manifest cannot be read. */
  readonly exclusiveBytes: number | null;
  /** Slots that hold the same, and numbers of other snapshots that do, as `s12`. */
  readonly usedBy: readonly SlotName[];
}

export interface KeptSnapshots {
  readonly pair: Pair;
  readonly snapshots: readonly Snapshot[];
  /** By id: those of slots and snapshots that have one and can be read. */
  readonly manifests: Readonly<Record<string, Manifest>>;
  /** What slots outside of the pair hold, and what the running system does. */
  readonly held: Readonly<Record<SlotName, string>>;
}

export function describeSnapshots(kept: KeptSnapshots): readonly SnapshotEntry[] {
  const users = countUsers(kept);
  return kept.snapshots.map((snapshot) => describe(snapshot, kept, users));
}

function describe(snapshot: Snapshot, kept: KeptSnapshots, users: ReadonlyMap<string, number>): SnapshotEntry {
  const { number, type, preNumber, createdAt, description, userData, cleanup, pinned, deployment } = snapshot;
  const manifest = Object.hasOwn(kept.manifests, deployment) ? kept.manifests[deployment] : undefined;
  const isBaseAlone = manifest === undefined && Object.values(kept.held).includes(deployment);
  return {
    ...{ number, type, preNumber, createdAt, description, userData, cleanup, pinned, deployment },
    version: manifest?.base.version ?? null,
    packages: manifest?.packages ?? null,
    exclusiveBytes: manifest === undefined ? (isBaseAlone ? 0 : null) : exclusiveBytes(manifest, users),
    usedBy: usersOf(snapshot, kept),
  };
}

/** How many slots and snapshots need each layer. */
function countUsers({ pair, snapshots, manifests, held }: KeptSnapshots): ReadonlyMap<string, number> {
  const ids = [...Object.values({ ...held, ...pair.slots }), ...snapshots.map(({ deployment }) => deployment)];
  const count = new Map<string, number>();
  for (const id of ids) {
    const layers = Object.hasOwn(manifests, id) ? (manifests[id]?.layers ?? []) : [];
    for (const digest of new Set(layers.map((layer) => layer.digest))) count.set(digest, (count.get(digest) ?? 0) + 1);
  }
  return count;
}

function exclusiveBytes({ layers }: Manifest, users: ReadonlyMap<string, number>): number {
  const own = layers.filter(({ digest }) => users.get(digest) === 1);
  return own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function usersOf(snapshot: Snapshot, { pair, snapshots, held }: KeptSnapshots): readonly SlotName[] {
  const slots = Object.entries({ ...held, ...pair.slots }).filter(([, id]) => id === snapshot.deployment);
  const others = snapshots.filter(
    ({ number, deployment }) => number !== snapshot.number && deployment === snapshot.deployment,
  );
  return [...slots.map(([slot]) => slot), ...others.map(({ number }) => `s${number}`)];
}
