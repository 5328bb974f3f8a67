/**
 * The model check: everything that may happen to a small node, breadth first, with the production decision code.
 *
 * Prints how many states each model has, how deep it went, whether that was its end, and how many boots the worst node
 * needs to a proof once hardware and uplink work.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { repoDir } from '../../scripts/node-package.ts';
import { spec } from '../support/spec.ts';
import { checkModel } from './check.ts';
import { PLANS, type Plan } from './models.ts';
import { loadRules } from './rules.ts';

/** From every state, with one way that works, a proof within so many boots. */
const MOST_BOOTS = 20;

const rules = await loadRules(join(repoDir, 'src'));
let states = 0;

function check(plan: Plan): void {
  const found = checkModel(rules, plan);
  states += found.states;
  const end = found.isComplete ? 'to its end' : 'bounded';
  const size = `${found.states} states, ${found.moves} moves, depth ${found.depth}, ${end}`;
  console.log(`  ${plan.name}: ${size}; a proof within ${found.boots} boots`);
  assert.ok(found.boots <= MOST_BOOTS, `${plan.name}: ${found.boots} boots until a proof`);
  if (plan.depth === Number.POSITIVE_INFINITY) assert.ok(found.isComplete, `${plan.name} came to its bound`);
}

spec('the model check', {
  ...Object.fromEntries(PLANS.map((plan) => [plan.name, () => check(plan)])),
  'says how many states it has': () => {
    console.log(`${states} model states`);
    assert.ok(states > 100_000, `${states} states`);
  },
});
