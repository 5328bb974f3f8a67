import assert from 'node:assert/strict';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { carrySources } from '../../../src/core/etc/carry-sources.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG_TEXT, configOf, factsOf, good, stateOf, trial } from '../../support/states.ts';

const record = { attempt: 1, mode: 'normal', outcome: 'proven', reason: null, startedAt: null, proof: null } as const;
const ran = (...slots: readonly string[]): BootState['history'] =>
  slots.map((slot, index) => ({ ...record, bootId: String(index), slot, trace: [] }));

spec('carrySources()', {
  'begins with the slot that ran last, and leaves out what was never proven': () => {
    const state = stateOf({ a: good('a'), b: good('b'), r: trial('r') }, { history: ran('a', 'r', 'b', 'r') });
    assert.deepEqual(carrySources(state), ['b-b-1', 'a-a-1']);
  },
  'means what was proven, where a slot holds another deployment now': () => {
    const state = stateOf({ a: good('a', { deployment: { id: 'new', version: null }, health: 'trial' }) });
    assert.deepEqual(carrySources(state), ['a-a-1']);
  },
});

spec('planBoot() and carry', {
  'hands the sources to the upper only where it is kept and carry is etc': () => {
    const carryOf = (text: string, state = stateOf({ a: good('a') })) => {
      const { steps } = planBoot(factsOf(state, { config: configOf(text) }));
      return steps.find((step) => step.do === 'mountUpper')?.carry;
    };
    const carrying = CONFIG_TEXT.replace('[upper]\n', '[upper]\ncarry = "etc"\n');
    assert.equal(carryOf(CONFIG_TEXT), undefined);
    assert.deepEqual(carryOf(carrying), ['a-a-1']);
    assert.equal(carryOf(carrying, stateOf({ a: good('a', { mode: 'clean' }) })), undefined);
  },
});
