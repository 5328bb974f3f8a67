/** The slot that an image goes into when nobody names one. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { chooseTarget } from '../../../src/core/install/choose-target.ts';
import { CONFIG_TEXT, goodSlot, someState, trialSlot } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const { config } = parseConfig(CONFIG_TEXT, 'x');

spec('the slot for an image', {
  'is the one that neither runs nor proved itself last, and never a recovery slot': () => {
    const state = someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb') });
    assert.equal(chooseTarget(config, state, 'a'), 'b');
    assert.equal(chooseTarget(config, state, null), 'b');
    assert.equal(chooseTarget(config, state, 'r'), 'b');
  },
  'is none while a trial runs beside the way back': () => {
    const state = someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb') });
    assert.throws(() => chooseTarget(config, state, 'b'), {
      code: 'REFUSED',
      message: 'no slot is free for an image: a proved itself last, b runs',
    });
  },
});
