/** The slot that an image goes into when nobody names one. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { chooseTarget, refuseRecovery } from '../../../src/core/install/choose-target.ts';
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
  'is never the base that a running kept snapshot stands on': () => {
    const slots = { a: goodSlot('aaaa'), b: trialSlot('bbbb'), s3: trialSlot('cccc', { snapshotOf: 'b' }) };
    assert.throws(() => chooseTarget(config, someState(slots), 's3'), { code: 'REFUSED' });
  },
  'is none while a trial runs beside the way back': () => {
    const state = someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb') });
    assert.throws(() => chooseTarget(config, state, 'b'), {
      code: 'REFUSED',
      message: 'no slot is free for an image: a proved itself last, b runs',
    });
  },
  'is of several the one that is worth least': () => {
    const three = parseConfig(
      CONFIG_TEXT.replace('[slots.r]', '[slots.c]\nroot = "PARTLABEL=root-c"\n[slots.r]'),
      'x',
    ).config;
    const state = (c: Parameters<typeof trialSlot>[1]) =>
      someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb'), c: trialSlot('cccc', c) });
    assert.equal(chooseTarget(three, state({ health: 'bad' }), 'a'), 'c');
    assert.equal(chooseTarget(three, state({ health: 'empty' }), 'a'), 'c');
    assert.equal(chooseTarget(three, state({}), 'a'), 'b');
  },
  'is never one in an OSTree repository, and says how that is upgraded when there is no other': () => {
    const withOstree = (slots: readonly string[]) =>
      parseConfig(
        slots.reduce(
          (text, name) => text.replace(`[slots.${name}]`, `[slots.${name}]\nostree = "debian"`),
          CONFIG_TEXT,
        ),
        'x',
      ).config;
    const state = someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb') });
    assert.throws(() => chooseTarget(withOstree(['b']), state, 'a'), { message: /no slot is free/ });
    assert.throws(() => chooseTarget(withOstree(['a', 'b']), state, 'a'), {
      code: 'REFUSED',
      hint: /ostree admin upgrade/,
    });
  },
  'is never a recovery slot, also when it is named': () => {
    assert.throws(() => refuseRecovery(config, 'r'), { code: 'REFUSED', hint: /repair r --from IMAGE/ });
    refuseRecovery(config, 'b');
  },
});
