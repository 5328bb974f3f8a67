/**
 * The snapshot pair, model-checked: all verbs, cuts and kills between any two of their writes, garbage collection, boots
 * and verdicts, breadth first, with the production code.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { repoDir } from '../../../scripts/node-package.ts';
import { spec } from '../../support/spec.ts';
import { loadPairRules } from './pair-rules.ts';
import { pairStarts } from './pair-starts.ts';
import { searchPair } from './search-pair.ts';

const rules = await loadPairRules(join(repoDir, 'src'));
const DEPTH = Number(process.env['PAIR_DEPTH'] ?? 7);

spec('the snapshot pair', {
  'keeps its laws whatever happens': () => {
    const found = searchPair(rules, pairStarts(), DEPTH);
    const end = found.isComplete ? 'to its end' : 'bounded';
    console.log(`  ${found.states} states, ${found.moves} moves, depth ${found.depth}, ${end}`);
    assert.ok(found.states > 5000, String(found.states));
  },
});
