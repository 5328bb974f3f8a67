/** What an earlier 1.x release wrote still reads, and words of a later one cost only themselves. */
import assert from 'node:assert/strict';
import { NO_LADDER } from '../../../src/core/ladder/rungs.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';
import { good, stateOf, trial } from '../../support/states.ts';

function parsed(json: unknown) {
  const result = parseState(JSON.stringify(json));
  assert.ok('state' in result);
  return result.state;
}

/** As the release before wrote it: without the outage's and the ladder's keys. */
function older(best: string, attempts: number) {
  const state = stateOf({ b: trial('b', { attempts, best: best as 'alive' }), a: good('a') });
  const slots = Object.fromEntries(
    Object.entries(state.slots).map(([name, { aliveAttempts: _a, held: _h, lately: _l, ...slot }]) => [name, slot]),
  );
  const { ladder: _ladder, ...rest } = state;
  return { ...rest, slots };
}

spec('parseState()', {
  'takes the attempts of an older record as alive when the slot ever came alive, and as none when it did not': () => {
    assert.equal(parsed(older('alive', 2)).slots['b']?.aliveAttempts, 2);
    assert.equal(parsed(older('assembled', 2)).slots['b']?.aliveAttempts, 0);
  },
  'begins without a ladder, held trials and remembered outcomes': () => {
    const state = parsed(older('alive', 1));
    assert.deepEqual(state.ladder, NO_LADDER);
    assert.deepEqual([state.slots['b']?.held, state.slots['b']?.lately], [null, []]);
  },
  'never counts more attempts as alive than there are: an older release may have cleared them since': () => {
    const state = stateOf({ b: trial('b', { attempts: 0, aliveAttempts: 3 }) });
    assert.equal(parsed(state).slots['b']?.aliveAttempts, 0);
  },
  'leaves out rungs, outcomes and purposes of a later release': () => {
    const state = stateOf({ a: good('a') });
    const ladder = {
      round: 2,
      taken: ['reboot', 'teleport'],
      slots: ['a'],
      clean: [],
      next: { purpose: 'teleport', slot: 'a', clean: false },
    };
    const slots = { a: { ...state.slots['a'], lately: ['proven', 'enlightened'] } };
    const read = parsed({ ...state, slots, ladder });
    assert.deepEqual(read.ladder, { round: 2, taken: ['reboot'], slots: ['a'], clean: [], next: null });
    assert.deepEqual(read.slots['a']?.lately, ['proven']);
  },
  'gives back what was written': () => {
    const next = { purpose: 'other', slot: 'b', clean: false } as const;
    const ladder = { round: 1, taken: ['reboot'], slots: ['a'], clean: ['a'], next } as const;
    const state = {
      ...stateOf({ a: good('a', { lately: ['proven', 'outage'] }), b: trial('b', { held: 'an outage' }) }),
      ladder,
      settings: { 'attempts.trial': '5' },
    };
    assert.deepEqual(parsed(JSON.parse(formatState(state))), state);
  },
});
