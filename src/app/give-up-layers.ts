/**
 * Takes a slot's layers away before an image is written into it.
 *
 * Effects in this order: 1 the boot state, in which no boot enters the slot, 2 the pair. Call it while the lock of the
 * layers is held. A pair that is damaged must not keep a broken slot from being written: then nothing is given up, and the
 * boot, which goes by the boot state, finds the base alone.
 */
import { BootError, describeError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import { hasPart, planGiveUp } from '../core/store/give-up-layers.ts';
import type { Pair } from '../core/store/pair.ts';
import { performPlan } from './carry-out-pair.ts';
import { gatherPair } from './pair-facts.ts';
import type { LoadedConfig, Ports } from './ports.ts';

export interface GivenUp {
  readonly changed: boolean;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

const NOTHING: GivenUp = { changed: false, changes: [], notes: [] };

/** @throws BootError REFUSED for a locked slot, IO, UNAVAILABLE, and those of the state */
export function giveUpLayers(
  ports: Ports,
  loaded: LoadedConfig,
  { slot, what, dryRun }: { readonly slot: SlotName; readonly what: string; readonly dryRun: boolean },
): GivenUp {
  const { pair, trouble } = readPair(ports);
  if (pair === null || !hasPart(pair, slot)) return { ...NOTHING, notes: trouble === null ? [] : [trouble] };
  const work = (): GivenUp => {
    const gathered = gatherPair(ports, loaded);
    const plan = planGiveUp(gathered.facts, slot, what);
    if (plan === null) return NOTHING;
    if (!dryRun) ports.layers.requireWritable();
    // The boot state is told by the writing itself.
    const { changed } = performPlan(ports, gathered, plan, dryRun);
    return { changed, changes: plan.changes, notes: plan.notes };
  };
  return dryRun ? work() : ports.lock.hold(work);
}

function readPair({ layers }: Ports): { readonly pair: Pair | null; readonly trouble: string | null } {
  try {
    return { pair: layers.readPair(), trouble: null };
  } catch (error) {
    if (!(error instanceof BootError) || error.code !== 'BAD_DATA') throw error;
    return { pair: null, trouble: `${describeError(error)}; the layers are left as they are` };
  }
}
