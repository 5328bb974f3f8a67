/**
 * What `store verify` reads, and whom it concerns when something is damaged.
 *
 * Pure. The JSON of the report is a contract: `bootconfig/schema/store-verify.schema.json`.
 */
import type { SlotName } from '../slot.ts';
import type { LayerForm, Manifest } from './deployment.ts';
import type { Pair } from './pair.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotSlot } from './snapshot-name.ts';

export interface Damage {
  readonly what: 'layer' | 'manifest' | 'pair' | 'snapshot';
  /** A digest, a deployment id, a file's name. */
  readonly name: string;
  /** In words. */
  readonly why: string;
  /** Slots and snapshots (`s12`) that need it. */
  readonly concerns: readonly SlotName[];
}

export interface StoreReport {
  readonly layers: number;
  readonly manifests: number;
  readonly snapshots: number;
  /** What was read of layers. */
  readonly bytes: number;
  readonly damaged: readonly Damage[];
}

/** Who needs which deployment. */
export type Needs = ReadonlyMap<string, readonly SlotName[]>;

/** @param running what runs, in its slot; it may be none of what the pair names */
export function findNeeds(
  { slots, taken }: Pair,
  snapshots: readonly Snapshot[],
  running: { readonly slot: SlotName; readonly deploymentId: string | null } | null,
): Needs {
  const needs = new Map<string, readonly SlotName[]>();
  const add = (id: string | null, name: SlotName): void => {
    if (id !== null) needs.set(id, [...new Set([...(needs.get(id) ?? []), name])]);
  };
  for (const [slot, id] of Object.entries(slots)) add(id, slot);
  if (taken !== null) add(taken.before, taken.active);
  for (const { number, deployment } of snapshots) add(deployment, snapshotSlot(number));
  if (running !== null) add(running.deploymentId, running.slot);
  return needs;
}

export interface LayerToRead {
  readonly digest: string;
  readonly form: LayerForm;
  /** null: no manifest names it. */
  readonly sizeBytes: number | null;
  readonly concerns: readonly SlotName[];
}

/** Each layer once. @param manifests those that could be read */
export function layersToRead(manifests: readonly Manifest[], needs: Needs): readonly LayerToRead[] {
  const found = new Map<string, LayerToRead>();
  for (const { id, layers } of manifests) {
    for (const { digest, form, sizeBytes } of layers) {
      const concerns = [...(found.get(digest)?.concerns ?? []), ...(needs.get(id) ?? [])];
      found.set(digest, { digest, form, sizeBytes, concerns: [...new Set(concerns)] });
    }
  }
  return [...found.values()];
}
