import assert from 'node:assert/strict';
import { type RequestFacts, requestReset } from '../../../src/core/reset/request-reset.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { someState, whileRunning } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, configOf } from '../../support/states.ts';

const RUNNING = whileRunning(someState(), 'a');
const ID = RUNNING.history.at(-1)?.bootId ?? '';
const NEXT = 'f'.repeat(32);
const FACTS: RequestFacts = { config: CONFIG, bootId: '9'.repeat(32), done: [] };
const upper = { level: 'upper', forgetIdentity: false } as const;

/** The boot after `state`: recorded, and not come to its end. */
function booted(state: BootState): BootState {
  const [record] = RUNNING.history;
  if (record === undefined) throw new Error('no record');
  return { ...state, history: [...state.history, { ...record, bootId: NEXT }] };
}

const pendingAfter = (
  state: BootState,
  ...ask: Parameters<typeof requestReset> extends [unknown, ...infer R] ? R : never
) => requestReset(state, ...ask).state.pending;

spec('requestReset()', {
  'makes the reset pending under the boot that asks, or under the kernel of an image builder': () => {
    assert.deepEqual(pendingAfter(RUNNING, upper, FACTS), [`factory-reset:upper:${ID}`]);
    const forget = { level: 'all', forgetIdentity: true } as const;
    assert.deepEqual(pendingAfter(someState(), forget, FACTS), [`factory-reset:all:${FACTS.bootId}:forget-identity`]);
  },
  'changes nothing when exactly that is pending, and replaces another level': () => {
    const once = requestReset(RUNNING, upper, FACTS).state;
    assert.equal(requestReset(once, upper, FACTS).state, once);
    const etc = requestReset(once, { level: 'etc', forgetIdentity: false }, FACTS);
    assert.deepEqual(etc.state.pending, [`factory-reset:etc:${ID}`]);
    assert.match(etc.notes.join('\n'), /this is instead of: factory reset \(upper\) puts/);
  },
  'refuses without a data partition': () => {
    const config = configOf('[slots.a]\nroot = "LABEL=a"\n[upper]\nkind = "tmpfs"\n');
    assert.throws(() => requestReset(RUNNING, upper, { ...FACTS, config }), /names no data partition/);
  },
  'says that the copies in the image outlive a forgotten identity': () => {
    const { notes } = requestReset(RUNNING, { level: 'upper', forgetIdentity: true }, FACTS);
    assert.match(notes.join('\n'), /copies in its initramfs image, which stay/);
  },
  'takes back what no boot can have begun': () => {
    const asked = requestReset(RUNNING, upper, FACTS).state;
    const undone = requestReset(asked, { level: 'undo' }, FACTS);
    assert.deepEqual(undone.state.pending, []);
    assert.match(undone.notes.join(), /taken back before anything was done/);
  },
  'asks for the undo of exactly that reset once a boot may have begun it': () => {
    const asked = booted(requestReset(RUNNING, upper, FACTS).state);
    assert.deepEqual(pendingAfter(asked, { level: 'undo' }, FACTS), [`factory-reset:undo:${NEXT}:${ID}`]);
  },
  'asks for the undo of the last reset when none is pending, once': () => {
    const asked = requestReset(RUNNING, { level: 'undo' }, FACTS).state;
    assert.deepEqual(asked.pending, [`factory-reset:undo:${ID}`]);
    assert.equal(requestReset(asked, { level: 'undo' }, FACTS).state, asked);
  },
  'asks anew after the boot that has found the one before done': () => {
    const asked = booted(requestReset(RUNNING, { level: 'undo' }, FACTS).state);
    const facts = { ...FACTS, done: asked.pending };
    assert.deepEqual(pendingAfter(asked, { level: 'undo' }, facts), [`factory-reset:undo:${NEXT}`]);
    assert.deepEqual(pendingAfter(asked, upper, facts), [`factory-reset:upper:${NEXT}`]);
  },
});
