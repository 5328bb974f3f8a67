/**
 * The snapshot pair, model-checked: all verbs, cuts and kills between any two of their writes, garbage collection, boots
 * and verdicts, breadth first, with the production code. Then the code with deliberate faults, each of which is found.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { repoDir } from '../../../scripts/node-package.ts';
import { spec } from '../../support/spec.ts';
import { withMutant } from '../mutant.ts';
import { PAIR_MUTATIONS } from '../mutations/pair.ts';
import { loadPairRules, type PairRules } from './pair-rules.ts';
import { firstDays, upgraded } from './pair-starts.ts';
import { type PairFound, searchPair } from './search-pair.ts';

const DEPTH = Number(process.env['PAIR_DEPTH'] ?? 7);

function check(rules: PairRules): PairFound {
  return searchPair(rules, [...firstDays(), ...upgraded(rules)], DEPTH);
}

spec('the snapshot pair', {
  'keeps its laws whatever happens': async () => {
    const found = check(await loadPairRules(join(repoDir, 'src')));
    const end = found.isComplete ? 'to its end' : 'bounded';
    console.log(`  ${found.states} states, ${found.moves} moves, depth ${found.depth}, ${end}`);
    assert.ok(found.states > 10_000, String(found.states));
  },
});

spec('mutations of the snapshot pair, each caught', {
  ...Object.fromEntries(
    PAIR_MUTATIONS.map((each) => [
      `${each.file}: ${each.what}`,
      () =>
        withMutant(each, async (src) => {
          const rules = await loadPairRules(src);
          assert.throws(
            () => check(rules),
            (error) => {
              const [said = '', after = ''] = String(error instanceof Error ? error.message : error).split('\n');
              console.log(`  ${each.what}: ${said.slice(0, 90)}${after.slice(0, 160)}`);
              return true;
            },
            `nobody notices that ${each.what}`,
          );
        }),
    ]),
  ),
});
