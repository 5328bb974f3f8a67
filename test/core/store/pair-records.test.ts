/** What the boot state says of slots whose layers have changed; what a later proof makes of it. */
import assert from 'node:assert/strict';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { markGoodByHand } from '../../../src/core/operate/judge-by-hand.ts';
import { switchTo } from '../../../src/core/operate/switch-to.ts';
import { withSlot } from '../../../src/core/state/state.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { NO_PAIR, type Taken } from '../../../src/core/store/pair.ts';
import { clearRecord, isRenamed, putOnTrial, renameDeployment } from '../../../src/core/store/pair-records.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, CONFIG, good, NOW, stateOf, trial } from '../../support/states.ts';

const AB = stateOf({ a: good('a'), b: good('b') });
const TAKEN: Taken = {
  active: 'a',
  inactive: 'b',
  writable: 'b',
  before: 'a-1',
  beforeUpper: null,
  bootId: BOOT_ID,
  at: NOW,
};
const PAIR = { ...NO_PAIR, slots: { a: 'new', b: 'new' }, taken: TAKEN };
/** The running boot of slot a, which knows it by its old id. */
const BOOT: RunningBoot = {
  bootId: BOOT_ID,
  slot: 'a',
  attempt: 1,
  mode: 'normal',
  deploymentId: 'a-1',
  partuuid: null,
  serial: null,
  attemptSaved: false,
};

spec('renameDeployment()', {
  'keeps health and proof': () => {
    const { a } = renameDeployment(AB, 'a', 'a-1', { id: 'new', version: '1', sameAs: 'a-1' }).slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId, a?.provenAt], ['good', 'new', 'new', NOW]);
  },
  'does not vouch for what was not proven': () => {
    const state = stateOf({ a: trial('a', { provenId: 'a-1' }), b: {} });
    const { a } = renameDeployment(state, 'a', 'a-2', { id: 'new', version: '1' }).slots;
    assert.deepEqual([a?.health, a?.deployment?.id, a?.provenId], ['trial', 'new', 'a-1']);
  },
  'leaves a slot alone that is recorded with something else': () => {
    assert.equal(renameDeployment(AB, 'a', 'other', { id: 'new', version: '1' }), AB);
  },
});

const AT = { baseId: 'base', sameAs: null };

spec('isRenamed()', {
  'explains the new id of the slot of which a snapshot was taken': () => {
    assert.equal(isRenamed(PAIR, 'a', { recorded: 'a-1', found: 'new', ...AT }), true);
    const fromBase = { ...PAIR, taken: { ...TAKEN, before: null } };
    assert.equal(isRenamed(fromBase, 'a', { recorded: 'base', found: 'new', ...AT }), true);
  },
  'explains the id of a slot whose layers were made one, by its manifest alone': () => {
    const pair = { ...PAIR, uppers: { a: 'old.3' } };
    const found = { found: 'new', baseId: 'base', sameAs: 'old' };
    assert.equal(isRenamed(pair, 'a', { ...found, recorded: 'old' }), true);
    assert.equal(isRenamed(pair, 'a', { ...found, recorded: 'a-1' }), false);
    assert.equal(isRenamed(PAIR, 'b', { ...found, recorded: 'old' }), false);
  },
  'explains nothing else': () => {
    for (const [slot, recorded, found] of [
      ['b', 'a-1', 'new'],
      ['a', 'other', 'new'],
      ['a', 'a-1', 'other'],
    ] as const) {
      assert.equal(isRenamed(PAIR, slot, { recorded, found, ...AT }), false, `${slot} ${recorded} ${found}`);
    }
    assert.equal(isRenamed({ ...PAIR, taken: null }, 'a', { recorded: 'a-1', found: 'new', ...AT }), false);
  },
});

spec('a proof in the boot of a snapshot', {
  'counts for what the slot is called now': () => {
    const renamed = renameDeployment(AB, 'a', 'a-1', { id: 'new', version: '1', sameAs: 'a-1' });
    const chosen = switchTo(renamed, { slot: 'a', once: false, found: { id: 'new', version: '1' } });
    const read = parseState(formatState(chosen.state));
    assert.ok('state' in read);
    assert.equal(markProven(read.state, BOOT, { level: 'remote', at: NOW }, CONFIG).slots['a']?.provenId, 'new');
  },
  'by hand, finds nothing to change': () => {
    const renamed = renameDeployment(AB, 'a', 'a-1', { id: 'new', version: '1', sameAs: 'a-1' });
    const mark = { boot: BOOT, slot: null, normal: false, at: NOW };
    assert.equal(markGoodByHand(renamed, mark, CONFIG).state, renamed);
  },
});

spec('putOnTrial() and clearRecord()', {
  'a copy is a trial behind the active slot, and not booted once either': () => {
    const state = { ...stateOf({ b: good('b', { attempts: 3 }), a: good('a') }), oneShot: 'b' };
    const { slots, order, oneShot } = putOnTrial(state, 'b', {
      deployment: { id: 'new', version: null },
      active: 'a',
      reason: '',
    });
    assert.deepEqual([slots['b']?.health, slots['b']?.attempts, slots['b']?.best], ['trial', 0, 'nothing']);
    assert.deepEqual([order, oneShot], [['a', 'b'], null]);
  },
  'a cleared slot is good again where its base was, with what an operator has set': () => {
    const state = withSlot(AB, 'b', { limit: 7 });
    const copied = putOnTrial(state, 'b', { deployment: { id: 'new', version: null }, active: 'a', reason: '' });
    const cleared = clearRecord(copied, 'b', { base: { id: 'b-1', version: '1' }, active: 'a', reason: 'cleared' });
    assert.deepEqual(
      [cleared.slots['b']?.health, cleared.slots['b']?.provenId, cleared.slots['b']?.limit],
      ['good', 'b-1', 7],
    );
  },
  'the word of an image builder counts as the proof of what was found first': () => {
    const state = withSlot(AB, 'b', { provenId: null });
    const copied = putOnTrial(state, 'b', { deployment: { id: 'new', version: null }, active: 'a', reason: '' });
    const { b } = clearRecord(copied, 'b', { base: { id: 'b-1', version: '1' }, active: 'a', reason: '' }).slots;
    assert.equal(b?.health, 'good');
  },
  'a slot that was judged bad is empty when it is cleared': () => {
    const state = withSlot(AB, 'b', { health: 'bad', reason: 'modem driver missing' });
    const copied = putOnTrial(state, 'b', { deployment: { id: 'new', version: null }, active: 'a', reason: '' });
    const { b } = clearRecord(copied, 'b', { base: { id: 'b-1', version: '1' }, active: 'a', reason: 'cleared' }).slots;
    assert.deepEqual([b?.health, b?.provenId, b?.reason], ['empty', null, 'cleared']);
  },
  'a slot whose base is not known is empty': () => {
    assert.equal(clearRecord(AB, 'b', { base: null, active: 'a', reason: '' }).slots['b']?.health, 'empty');
  },
});
