/**
 * Deletes what nothing in the store needs any more.
 *
 * Effects: those of the store. Call it while the lock of the layers is held. What cannot be told is kept.
 */
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { Manifest } from '../core/store/deployment.ts';
import { type Garbage, selectGarbage } from '../core/store/garbage.ts';
import { NO_PAIR } from '../core/store/pair.ts';
import { lookIntoBase } from './look-into-slot.ts';
import { normalSlots, runningSystem } from './pair-facts.ts';
import type { Ports } from './ports.ts';

/** @throws BootError BAD_DATA, IO of the pair */
export function findGarbage(ports: Ports, config: Config): Garbage {
  const { layers } = ports;
  const { snapshots, problems } = layers.readSnapshots();
  const bases = normalSlots(config).flatMap((slot) => {
    const { found } = lookIntoBase(ports, config, slot);
    return found === null ? [] : [[slot, found.id] as const];
  });
  return selectGarbage({
    pair: layers.readPair() ?? NO_PAIR,
    snapshots,
    snapshotsAreWhole: problems.length === 0,
    manifests: Object.fromEntries(layers.listManifests().map((id) => [id, readManifest(ports, id)])),
    layers: layers.listLayers(),
    uppers: layers.listUppers(),
    bases: Object.fromEntries(bases),
    running: runningSystem(ports),
    bootId: ports.machine.bootId(),
  });
}

function readManifest({ layers }: Ports, id: string): Manifest | null {
  try {
    return layers.readManifest(id);
  } catch (error) {
    if (error instanceof BootError) return null;
    throw error;
  }
}

/** One line for each, in words. */
export function listGarbage(ports: Ports, config: Config): readonly string[] {
  const { uppers, layers } = findGarbage(ports, config);
  return [
    ...uppers.map(({ slot, key }) => `the writable layer of slot ${slot} on ${key.slice(0, 12)}`),
    ...layers.map(({ digest, sizeBytes }) => `layer ${digest.slice(0, 12)} (${formatBytes(sizeBytes)})`),
  ];
}

/** In an order in which a cut leaves no name without its layer. What cannot be deleted is told and left. */
export function collectGarbage(ports: Ports, config: Config): void {
  try {
    const { uppers, manifests, layers } = findGarbage(ports, config);
    for (const upper of uppers) ports.layers.deleteUpper(upper);
    for (const id of manifests) ports.layers.deleteManifest(id);
    for (const layer of layers) ports.layers.deleteLayer(layer);
  } catch (error) {
    // It is only room: what was done before must not seem to have failed.
    ports.log.warn(`cannot delete what is not needed any more: ${describeError(error)}, ignoring`);
  }
}
