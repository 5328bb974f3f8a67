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
import type { Ports } from './ports.ts';

export interface Look {
  readonly found: Deployment | null;
  readonly notes: readonly string[];
}

export function lookIntoSlot(ports: Ports, config: Config, slot: SlotName): Look {
  const configured = config.slots[slot];
  if (configured === undefined || !Object.hasOwn(config.slots, slot)) return { found: null, notes: [] };
  try {
    const base = ports.inspectBase(configured.root, null);
    return { found: base.deployment, notes: base.notes.map((note) => `slot ${slot}: ${note}`) };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return { found: null, notes: [`cannot look into slot ${slot}, believing the records: ${describeError(error)}`] };
  }
}
