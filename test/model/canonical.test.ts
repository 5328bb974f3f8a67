/** What `canonical` leaves out decides nothing: lives with it and without it go side by side. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { repoDir } from '../../scripts/node-package.ts';
import { spec } from '../support/spec.ts';
import type { Model } from './model.ts';
import { PLANS } from './models.ts';
import { movesOf } from './moves.ts';
import { canonical, keyOf, type ModelNode } from './node.ts';
import { loadRules } from './rules.ts';

const rules = await loadRules(join(repoDir, 'src'));
const plan = PLANS.find(({ name }) => name === 'everything');
assert.ok(plan !== undefined);
const model: Model = { rules, config: plan.config, events: plan.events };

/** One life of a node that keeps everything: at each step it may do what the canonical node may, with the same results. */
function live(start: ModelNode, choices: readonly number[]): void {
  let node = start;
  for (const choice of choices) {
    const full = movesOf(model, node);
    const short = movesOf(model, canonical(node));
    assert.deepEqual(
      full.map(({ label, to }) => `${label}: ${keyOf(canonical(to))}`),
      short.map(({ label, to }) => `${label}: ${keyOf(canonical(to))}`),
    );
    const next = full[choice % full.length];
    if (next === undefined) return;
    node = next.to;
  }
}

spec('canonical()', {
  'leaves out nothing that a decision asks for': () => {
    const choices = fc.array(fc.nat({ max: 1000 }), { maxLength: 40 });
    const starts = fc.constantFrom(...plan.starts);
    fc.assert(
      fc.property(starts, choices, (start, each) => live(start, each)),
      { numRuns: 300 },
    );
  },
  'gives the same again': () => {
    for (const start of plan.starts) {
      const once = canonical(start);
      assert.equal(keyOf(canonical(once)), keyOf(once));
    }
  },
});
