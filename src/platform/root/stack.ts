/**
 * The layers of the slot at hand: what the store has for it, mounted.
 *
 * Invariant: a slot never shows fewer layers than its deployment has; it fails instead, and another one is booted. Only
 * a clean boot may do with the base alone, because it is what is left when the data partition is lost.
 */
import { join } from 'node:path';
import type { LayersRequest } from '../../app/ports.ts';
import type { FoundStack } from '../../core/boot/facts.ts';
import { BootError, describeError } from '../../core/errors.ts';
import type { SlotName } from '../../core/slot.ts';
import { type Manifest, recordOf, splitLayers } from '../../core/store/deployment.ts';
import { deploymentOf, NO_PAIR, nameBefore, type UpperRef, upperRefOf } from '../../core/store/pair.ts';
import { snapshotNumber } from '../../core/store/snapshot-name.ts';
import { mountLayers } from '../store/mount-layers.ts';
import { mountWhole } from '../store/mount-whole.ts';
import { namesIn, readManifest, readPair, readSnapshot } from '../store/store-files.ts';
import type { DataPartition } from './data-partition.ts';
import { unmountBelow } from './mounting.ts';
import type { Places } from './places.ts';

export interface MountedStack {
  /** null: a clean boot does without the layers that the slot should have. */
  readonly stack: FoundStack | null;
  /** Top first, relative to the run directory. */
  readonly lower: readonly string[];
  /** Which upper is the slot's; null: the first of this deployment. */
  readonly upper: UpperRef | null;
  readonly degraded: readonly string[];
}

/** @throws BootError ABSENT, CONTENT, IO when the layers cannot be had; nothing of them is mounted then */
export function mountStack(request: LayersRequest, data: DataPartition, places: Places): MountedStack {
  try {
    return mountFound(request, data, places);
  } catch (error) {
    unmountBelow([places.layers]);
    if (!request.isClean || !(error instanceof BootError)) throw error;
    return {
      stack: null,
      lower: [],
      upper: null,
      degraded: [`this is the base alone, without its layers: ${describeError(error)}`],
    };
  }
}

function mountFound(request: LayersRequest, data: DataPartition, places: Places): MountedStack {
  const { base, recorded } = request;
  const baseAlone: FoundStack = { deployment: base, sameAs: null };
  const expected = recorded?.base === base.id ? recorded.id : null;
  if (data.store === null) {
    if (expected === null) return { stack: baseAlone, lower: [], upper: null, degraded: [] };
    throw new BootError('ABSENT', `its layers are on the data partition: ${data.trouble ?? 'which is not there'}`);
  }
  const { id, upper, nameBefore, degraded } = chooseDeployment(request, expected, data.store);
  if (id === base.id) return { stack: { ...baseAlone, sameAs: nameBefore(null) }, lower: [], upper, degraded };
  const manifest = requireManifest(data.store, id);
  if (manifest.base.id !== base.id) {
    const why = 'the layers of this slot were made on another base, and are not used';
    return { stack: baseAlone, lower: [], upper: null, degraded: [...degraded, why] };
  }
  const { whole, above } = splitLayers(manifest.layers);
  const names = mountLayers(above, data.store, places.layers);
  // Over the base, whose place it takes from now on. At last, because a clean boot goes on with the base when this fails.
  if (whole !== null) mountWhole(data.store, whole, places.base);
  const lower = names.map((name) => join('l', name));
  const stack = { deployment: recordOf(manifest), sameAs: nameBefore(manifest.sameAs) };
  return { stack, lower, upper, degraded };
}

interface Chosen {
  readonly id: string;
  readonly upper: UpperRef | null;
  /** What the same was called before. @param sameAs of the manifest; null: there is none */
  readonly nameBefore: (sameAs: string | null) => string | null;
  readonly degraded: readonly string[];
}

/** A pair that cannot be read must not cost a slot what the boot state still knows. */
function chooseDeployment({ slot, base }: LayersRequest, expected: string | null, store: string): Chosen {
  const number = snapshotNumber(slot);
  const other = { nameBefore: () => null };
  try {
    if (number !== null) {
      const snapshot = readSnapshot(store, number);
      const id = snapshot?.deployment ?? expected ?? base.id;
      const upper = snapshot?.upper ?? null;
      return { id, upper, nameBefore: (sameAs) => (upper === null ? null : sameAs), degraded: [] };
    }
    const pair = readPair(store) ?? NO_PAIR;
    const id = deploymentOf(pair, slot, expected ?? base.id);
    const before = (sameAs: string | null) => nameBefore(pair, slot, { baseId: base.id, sameAs });
    return { id, upper: upperRefOf(pair, slot), nameBefore: before, degraded: [] };
  } catch (error) {
    const id = expected ?? base.id;
    const degraded = [`${describeError(error)}; going by the boot state`];
    return { ...other, id, upper: newestUpper(store, slot, id), degraded };
  }
}

/** Numbers only grow, so the highest one was the slot's. */
function newestUpper(store: string, slot: SlotName, id: string): number | null {
  const numbers = namesIn(join(store, 'upper')).flatMap((name) =>
    name.startsWith(`${slot}-${id}.`) ? Number(name.slice(`${slot}-${id}.`.length)) : [],
  );
  return numbers.filter(Number.isSafeInteger).reduce<number | null>((high, each) => Math.max(high ?? 0, each), null);
}

function requireManifest(store: string, id: string): Manifest {
  try {
    const manifest = readManifest(store, id);
    if (manifest !== null) return manifest;
  } catch (error) {
    if (!(error instanceof BootError) || error.code !== 'BAD_DATA') throw error;
    throw new BootError('CONTENT', describeError(error), { cause: error });
  }
  throw new BootError('ABSENT', `the manifest of deployment '${id.slice(0, 12)}' is missing from the store`);
}
