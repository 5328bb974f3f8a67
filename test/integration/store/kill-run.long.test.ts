/** A `lifeboot run` that is killed at two hundred random moments. SEED= and COUNT= choose others. */
import assert from 'node:assert/strict';
import { spec } from '../../support/spec.ts';
import { killRuns } from './kill-run.ts';
import { makeRandom } from './random.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

const COUNT = Number(process.env['COUNT'] ?? 200);

spec('a killed lifeboot run, many times', {
  'leaves the slot as it was or wholly new, and nothing mounted': () => {
    console.log(`SEED=${SEED}`);
    const { done, unchanged, changed } = killRuns(COUNT, makeRandom(SEED));
    console.log(`${unchanged} as before, ${changed} wholly new, ${done} ended in time`);
    assert.equal(done + unchanged + changed, COUNT);
  },
});
