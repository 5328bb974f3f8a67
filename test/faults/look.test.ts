/** What counts as being there: only the expected slot, in the expected mode, and proven when that is asked for. */
import assert from 'node:assert/strict';
import { spec } from '../support/spec.ts';
import { describeSeen, isThere, readLook } from './look.ts';

const boot = '{"bootId":"1","slot":"b","attempt":1,"mode":"normal","degraded":[],"trace":[]}';
const answer = (more: string): string => `bootId=00-11\nboot=${boot}\nverdict=\ntest=yes\n${more}`;

spec('readLook()', {
  'reads boot id, boot.json, verdict and the answer of the test': () => {
    const seen = readLook(answer(''));
    assert.equal(seen?.bootId, '0011');
    assert.equal(seen.boot?.slot, 'b');
    assert.deepEqual([seen.isProven, seen.passedTest], [false, true]);
  },
  'takes an answer that was cut off for none': () => {
    assert.equal(readLook('bootId=00-11\nboot='), null);
  },
  'takes a plain boot for one that lifeboot did not make': () => {
    const seen = readLook('bootId=00-11\nboot=\nverdict=\ntest=yes\n');
    assert.equal(seen?.boot, null);
    assert.equal(seen && isThere(seen, { slot: null }), false);
  },
});

spec('isThere()', {
  'wants the slot, the mode, the proof and the test': () => {
    const seen = readLook(answer(''));
    assert.ok(seen);
    assert.equal(isThere(seen, { slot: 'b' }), true);
    assert.equal(isThere(seen, { slot: ['a', 'b'] }), true);
    assert.equal(isThere(seen, { slot: 'a' }), false);
    assert.equal(isThere(seen, { slot: 'b', mode: 'clean' }), false);
    assert.equal(isThere(seen, { slot: 'b', proven: true }), false);
    assert.equal(isThere({ ...seen, isProven: true }, { slot: 'b', proven: true }), true);
    assert.equal(isThere({ ...seen, passedTest: false }, { slot: 'b' }), false);
    assert.equal(describeSeen({ ...seen, isProven: true }), 'slot b, proven');
  },
});
