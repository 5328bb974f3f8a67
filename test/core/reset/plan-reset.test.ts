import assert from 'node:assert/strict';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { planReset } from '../../../src/core/reset/plan-reset.ts';
import { spec } from '../../support/spec.ts';
import { factsOf, good, savedBy, show, stateOf, trial } from '../../support/states.ts';

const pending = ['factory-reset:upper:1'];
const record = { bootId: '1', slot: 'b', attempt: 1, mode: 'normal', outcome: 'proven' } as const;
const history = [{ ...record, reason: null, startedAt: null, proof: 'loop', trace: [] } as const];

spec('planReset()', {
  'comes after the attempt is saved and before the upper is mounted': () => {
    const plan = planBoot(factsOf(stateOf({ a: good('a'), b: good('b') }, { pending })));
    assert.deepEqual(show(plan).slice(1, 5), [
      'save slot a: attempt 1',
      'mountLayers',
      'resetData',
      'upper persistent',
    ]);
    assert.match(plan.trace.join('\n'), /factory reset \(upper\) puts aside each slot's writable layer/);
  },
  'stays pending in the state that is saved before it': () => {
    assert.deepEqual(savedBy(planBoot(factsOf(stateOf({ a: good('a') }, { pending })))).pending, pending);
  },
  'waits while no state can be saved': () => {
    const plan = planBoot(factsOf(stateOf({ a: good('a') }, { pending }), { stateUnwritable: 'read-only' }));
    assert.ok(!show(plan).includes('resetData'));
    assert.match(plan.trace.join('\n'), /the factory reset waits for a state that can be saved/);
  },
  'ends the mode clean of every slot, with all attempts': () => {
    const clean = { mode: 'clean', attempts: 5, cleanAttempts: 2 } as const;
    const plan = planBoot(factsOf(stateOf({ a: good('a', clean), b: good('b', clean) }, { pending })));
    const { a, b } = savedBy(plan).slots;
    assert.deepEqual([a?.mode, a?.attempts, a?.cleanAttempts], ['normal', 1, 0]);
    assert.deepEqual([b?.mode, b?.attempts, b?.cleanAttempts], ['normal', 0, 0]);
    assert.ok(show(plan).includes('enter a (normal)'));
  },
  'leaves the mode as it is for an undo': () => {
    const state = stateOf({ a: good('a', { mode: 'clean' }) }, { pending: ['factory-reset:undo:1'] });
    const { state: planned, step } = planReset(state);
    assert.equal(planned, state);
    assert.equal(step?.do, 'resetData');
  },
  'names the uppers of good slots, the one that ran last first': () => {
    const state = stateOf({ a: good('a'), b: good('b'), r: trial('r') }, { pending, history });
    const { step } = planReset(state);
    assert.deepEqual(step?.do === 'resetData' && step.proven, ['b-b-1', 'a-a-1']);
  },
  'does nothing for a word that this release does not understand': () => {
    const state = stateOf({ a: good('a') }, { pending: ['factory-reset:disk:1'] });
    assert.deepEqual(planReset(state), { state, step: null, trace: [] });
  },
});
