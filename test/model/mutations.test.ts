/** Each invariant can fail: deliberate faults of the decision code, and the checker has to find every one. */
import assert from 'node:assert/strict';
import { spec } from '../support/spec.ts';
import { checkModel } from './check.ts';
import { PLANS } from './models.ts';
import { withMutant } from './mutant.ts';
import { BOOT_MUTATIONS } from './mutations/boot.ts';
import { JUDGE_MUTATIONS } from './mutations/judge.ts';
import { LADDER_MUTATIONS } from './mutations/ladder.ts';
import type { Mutation } from './mutations/mutation.ts';
import { loadRules } from './rules.ts';

async function isCaught(mutation: Mutation): Promise<void> {
  await withMutant(mutation, async (src) => {
    const rules = await loadRules(src);
    const plan = PLANS.find(({ name }) => name === mutation.model);
    assert.ok(plan !== undefined, `no model '${mutation.model}'`);
    assert.throws(
      () => checkModel(rules, plan),
      (error) => {
        const [said = ''] = String(error instanceof Error ? error.message : error).split('\n');
        console.log(`  ${mutation.what}: ${said.slice(0, 120)}`);
        return true;
      },
      `nobody notices that ${mutation.what}`,
    );
  });
}

const ALL = [...BOOT_MUTATIONS, ...JUDGE_MUTATIONS, ...LADDER_MUTATIONS];

spec('mutations of the decision code, each caught', {
  ...Object.fromEntries(ALL.map((each) => [`${each.file}: ${each.what}`, () => isCaught(each)])),
  'says how many there are': () => {
    console.log(`${ALL.length} mutations`);
    assert.equal(new Set(ALL.map(({ file, what }) => `${file} ${what}`)).size, ALL.length);
  },
});
