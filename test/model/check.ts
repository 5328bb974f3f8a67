/** Searches one model and looks at how it lives on from every node that is off. */
import type { Config } from '../../src/core/config/config.ts';
import { boundOf, truthsOf } from './liveness.ts';
import type { Model } from './model.ts';
import type { Plan } from './models.ts';
import type { Rules } from './rules.ts';
import { type Found, search } from './search.ts';

export interface Checked extends Found {
  /** Boots until a proof, from the worst node and with the worst truth. */
  readonly boots: number;
}

/** @throws Violation, AssertionError */
export function checkModel(rules: Rules, { config, starts, events, depth }: Plan): Checked {
  const model: Model = { rules, config, events };
  const found = search(model, starts, { depth, isWithin: isWithin(config) });
  const boots = Math.max(...truthsOf(model).map((truth) => boundOf(model, found.off, truth)));
  return { ...found, boots };
}

/** A choice for one boot, or the ladder, enters a slot beyond its limit; twice beyond is as far as the model goes. */
function isWithin({ attempts }: Config) {
  const most = Math.max(attempts.trial, attempts.good) + 1;
  return ({ state }: { readonly state: import('../../src/core/state/state.ts').BootState }) =>
    Object.values(state.slots).every((slot) => slot.attempts <= most && slot.cleanAttempts <= attempts.good);
}
