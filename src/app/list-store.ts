/**
 * `lifeboot store list`: what is in the store, and who needs it.
 *
 * Reads only; of layers no more than their names and sizes.
 */
import { BootError, describeError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import type { LayerForm, Manifest } from '../core/store/deployment.ts';
import { NO_PAIR } from '../core/store/pair.ts';
import { findNeeds, layersToRead } from '../core/store/verify-store.ts';
import { runningSystem } from './pair-facts.ts';
import type { Ports } from './ports.ts';

export interface StoreList {
  readonly freeBytes: number;
  readonly deployments: readonly {
    readonly id: string;
    readonly description: string;
    readonly layers: number;
    readonly neededBy: readonly SlotName[];
  }[];
  readonly layers: readonly {
    readonly digest: string;
    readonly form: LayerForm;
    readonly sizeBytes: number;
    readonly neededBy: readonly SlotName[];
  }[];
  readonly uppers: readonly string[];
  readonly problems: readonly string[];
}

/** @throws BootError BAD_DATA, IO of the pair; UNAVAILABLE without a store */
export function listStore(ports: Ports): StoreList {
  const { layers } = ports;
  layers.requireWritable();
  const { snapshots, problems } = layers.readSnapshots();
  const needs = findNeeds(layers.readPair() ?? NO_PAIR, snapshots, runningSystem(ports));
  const told = [...problems];
  const manifests = layers.listManifests().flatMap((id): readonly Manifest[] => {
    try {
      const manifest = layers.readManifest(id);
      return manifest === null ? [] : [manifest];
    } catch (error) {
      if (!(error instanceof BootError)) throw error;
      told.push(describeError(error));
      return [];
    }
  });
  const named = new Map(layersToRead(manifests, needs).map((layer) => [layer.digest, layer.concerns]));
  return {
    freeBytes: layers.freeBytes(),
    deployments: manifests.map(({ id, description, layers: chain }) => ({
      ...{ id, description, layers: chain.length },
      neededBy: needs.get(id) ?? [],
    })),
    layers: layers.listLayers().map((layer) => ({ ...layer, neededBy: named.get(layer.digest) ?? [] })),
    uppers: layers.listUppers().map(({ slot, key }) => `${slot}-${key}`),
    problems: told,
  };
}
