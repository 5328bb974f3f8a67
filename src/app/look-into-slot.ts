/**
 * What a slot holds right now, for commands that judge by it.
 *
 * Effects: mounts and unmounts the base read-only. A slot that cannot be looked at (another machine's image, no root)
 * is no error: then the records are believed, and a note says so.
 */
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import type { Deployment } from '../core/state/state.ts';
import { recordOf } from '../core/store/deployment.ts';
import { deploymentOf, NO_PAIR } from '../core/store/pair.ts';
import { snapshotNumber } from '../core/store/snapshot-name.ts';
import type { Ports } from './ports.ts';

export interface Look {
  readonly found: Deployment | null;
  readonly notes: readonly string[];
}

/** Base and layers: what a boot of the slot would find. */
export function lookIntoSlot(ports: Ports, config: Config, slot: SlotName): Look {
  const base = lookIntoBase(ports, config, slot);
  if (base.found === null) return base;
  try {
    const { found, note } = withLayers(ports, slot, base.found);
    return { found, notes: note === null ? base.notes : [...base.notes, `slot ${slot}: ${note}`] };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    const note = `cannot tell the layers of slot ${slot}, believing the records: ${describeError(error)}`;
    return { found: null, notes: [...base.notes, note] };
  }
}

/** @throws BootError BAD_DATA, IO of the store */
function withLayers(
  { layers }: Ports,
  slot: SlotName,
  base: Deployment,
): { found: Deployment | null; note: string | null } {
  const number = snapshotNumber(slot);
  const id =
    number === null
      ? deploymentOf(layers.readPair() ?? NO_PAIR, slot, base.id)
      : (layers.readSnapshots().snapshots.find((each) => each.number === number)?.deployment ?? null);
  if (id === base.id) return { found: base, note: null };
  const manifest = id === null ? null : layers.readManifest(id);
  if (manifest === null) return { found: null, note: 'what it should hold is missing from the store' };
  if (manifest.base.id === base.id) return { found: recordOf(manifest), note: null };
  if (number !== null) return { found: null, note: 'the base that it was made on is not there any more' };
  return { found: base, note: 'its layers were made on another base, and are not used' };
}

/** The base alone. */
export function lookIntoBase(ports: Ports, config: Config, slot: SlotName): Look {
  const configured = config.slots[slot];
  if (configured === undefined || !Object.hasOwn(config.slots, slot)) return { found: null, notes: [] };
  try {
    const base = ports.inspectBase(configured, null);
    return { found: base.deployment, notes: base.notes.map((note) => `slot ${slot}: ${note}`) };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return { found: null, notes: [`cannot look into slot ${slot}, believing the records: ${describeError(error)}`] };
  }
}
