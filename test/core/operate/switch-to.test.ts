/** `switch`: what is proven stays good, everything else is on trial; and when nothing changes, nothing does. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { planNextBoot } from '../../../src/core/operate/next-boot.ts';
import { switchTo } from '../../../src/core/operate/switch-to.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { CONFIG_TEXT, goodSlot, someState, trialSlot, valid } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const seen = (id: string) => ({ id, version: null });

function show(state: BootState, name: string): string {
  const slot = state.slots[name];
  return `${slot?.health} ${slot?.attempts}, order ${state.order.join('')}, once ${state.oneShot ?? '-'}`;
}

function switched(state: BootState, slot: string, options: { once?: boolean; found?: string } = {}) {
  const found = options.found === undefined ? null : seen(options.found);
  return switchTo(state, { slot, once: options.once ?? false, found });
}

function nextSlot(state: BootState): string | null {
  const { config } = parseConfig(CONFIG_TEXT, 'x');
  return planNextBoot({ config, state: valid(state), forcedSlot: null, notes: [] }).slot;
}

spec('switchTo()', {
  'keeps a slot good, with no attempts used, when it holds what was proven there': () => {
    const state = someState({ b: goodSlot('bbbb', { attempts: 3 }) });
    for (const found of ['bbbb', undefined]) {
      const edit = switched(state, 'b', found === undefined ? {} : { found });
      assert.equal(show(edit.state, 'b'), 'good 0, order bar, once -');
    }
  },
  'makes a bad slot good again when it still holds what was proven there, and says that it was bad': () => {
    const state = someState({ b: goodSlot('bbbb', { health: 'bad', reason: 'no-tunnel', attempts: 5 }) });
    const edit = switched(state, 'b', { found: 'bbbb' });
    assert.equal(show(edit.state, 'b'), 'good 0, order bar, once -');
    assert.deepEqual(edit.notes, ['slot b was bad: no-tunnel']);
  },
  'puts a slot on trial when it holds something else than what was proven': () => {
    const state = someState({ b: goodSlot('bbbb', { attempts: 1 }) });
    const edit = switched(state, 'b', { found: 'cccc' });
    assert.equal(show(edit.state, 'b'), 'trial 0, order bar, once -');
    assert.equal(edit.state.slots['b']?.deployment?.id, 'cccc');
    assert.equal(edit.state.slots['b']?.best, 'nothing');
    assert.deepEqual(edit.notes, ['slot b holds something else than was recorded', 'slot b has to prove itself again']);
  },
  'puts a bad slot that was never proven on trial with all attempts, with a note': () => {
    const state = someState({ b: trialSlot('bbbb', { health: 'bad', reason: 'failed check', attempts: 3 }) });
    const edit = switched(state, 'b', { found: 'bbbb' });
    assert.equal(show(edit.state, 'b'), 'trial 0, order bar, once -');
    assert.equal(edit.state.slots['b']?.reason, null);
    assert.deepEqual(edit.notes, ['slot b was bad: failed check']);
  },
  'believes an image builder, until something else is found': () => {
    const declared = { provenId: null, deployment: null };
    const state = someState({ b: goodSlot('', declared) });
    assert.equal(show(switched(state, 'b', { found: 'bbbb' }).state, 'b'), 'good 0, order bar, once -');
    const recorded = someState({ b: goodSlot('bbbb', { provenId: null }) });
    assert.equal(show(switched(recorded, 'b', { found: 'cccc' }).state, 'b'), 'trial 0, order bar, once -');
  },
  'leaves the order with --once': () => {
    const edit = switched(someState({ b: trialSlot('bbbb', { attempts: 2 }) }), 'b', { once: true });
    assert.equal(show(edit.state, 'b'), 'trial 0, order abr, once b');
    assert.equal(nextSlot(edit.state), 'b');
  },
  'refuses an empty slot, but not when something was written into it': () => {
    const state = someState({ b: trialSlot('', { health: 'empty', deployment: null }) });
    assert.throws(() => switched(state, 'b'), { code: 'BAD_DATA', message: /^slot 'b' is empty/ });
    assert.equal(show(switched(state, 'b', { found: 'bbbb' }).state, 'b'), 'trial 0, order bar, once -');
  },
  'refuses a slot that is not there, with a suggestion': () => {
    assert.throws(() => switched(someState(), 'x'), { code: 'USAGE', hint: 'the slots are: a, b, r' });
    const named = someState({ 'rescue-disk': trialSlot('x') });
    assert.throws(() => switched(named, 'rescue-dsk'), { code: 'USAGE', hint: "did you mean 'rescue-disk'?" });
    assert.throws(() => switched(someState(), 'constructor'), { code: 'USAGE' });
  },
  'gives the very same state back when the slot is next already': () => {
    const state = someState();
    assert.equal(switched(state, 'a', { found: 'aaaa' }).state, state);
    const again = switched(switched(state, 'b', { found: 'bbbb' }).state, 'b', { found: 'bbbb' });
    const once = switched(state, 'b', { once: true }).state;
    assert.equal(switched(once, 'b', { once: true }).state, once);
    assert.deepEqual(again.notes, []);
    const first = switched(state, 'b').state;
    assert.equal(switched(first, 'b').state, first);
  },
  'is what boots next, whatever the rounds and choices before said': () => {
    const round = { number: 3, clean: ['a', 'b'], recovery: ['r'] };
    const state = someState({ b: trialSlot('bbbb') }, { round, oneShot: 'a' });
    const edit = switched(state, 'b');
    assert.equal(nextSlot(edit.state), 'b');
    assert.deepEqual(edit.notes, ['the choice for one boot of slot a is gone']);
    assert.equal(nextSlot(switched(state, 'r').state), 'r');
  },
  'ends the mode clean and forgets old evidence': () => {
    const state = someState({ a: goodSlot('aaaa', { mode: 'clean', evidence: 'panic', cleanAttempts: 2 }) });
    const { a } = switched(state, 'a').state.slots;
    assert.deepEqual([a?.mode, a?.evidence, a?.cleanAttempts], ['normal', null, 0]);
  },
});
