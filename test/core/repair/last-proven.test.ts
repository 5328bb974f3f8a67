/** Which slot is the way back: the log before the clock, and every proven slot where neither tells. */
import assert from 'node:assert/strict';
import { lastProven, newestProofs } from '../../../src/core/repair/last-proven.ts';
import type { BootRecord } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { good, stateOf, trial } from '../../support/states.ts';

function boot(slot: string, outcome: BootRecord['outcome']): BootRecord {
  const bootId = `${slot}${outcome}`;
  return { bootId, slot, attempt: 1, mode: 'normal', outcome, reason: null, startedAt: null, proof: null, trace: [] };
}

spec('lastProven()', {
  'is nobody on a new node': () => {
    assert.deepEqual(lastProven(stateOf({ a: {}, b: {} })), []);
  },
  'is the only slot that was ever proven, also when it went bad since': () => {
    assert.deepEqual(lastProven(stateOf({ a: good('a', { health: 'bad' }), b: trial('b') })), ['a']);
  },
  'is a kept snapshot together with the slot whose base it stands on': () => {
    const slots = { a: good('a'), b: good('b'), s3: good('s3', { snapshotOf: 'a' }) };
    const history = [boot('b', 'proven'), boot('s3', 'proven')];
    assert.deepEqual(lastProven(stateOf(slots, { history })), ['s3', 'a']);
    assert.deepEqual(newestProofs(stateOf(slots, { history })), ['s3']);
  },
  'follows the log, whatever the clocks say': () => {
    const slots = {
      a: good('a', { provenAt: '2030-01-01T00:00:00Z' }),
      b: good('b', { provenAt: '2020-01-01T00:00:00Z' }),
    };
    const history = [boot('a', 'proven'), boot('b', 'proven'), boot('a', 'no-tunnel')];
    assert.deepEqual(lastProven(stateOf(slots, { history })), ['b']);
  },
  'follows the times where the log has forgotten': () => {
    const slots = {
      a: good('a', { provenAt: '2026-01-01T00:00:00Z' }),
      b: good('b', { provenAt: '2026-02-01T00:00:00Z' }),
    };
    assert.deepEqual(lastProven(stateOf(slots)), ['b']);
  },
  'is every proven slot where a time is missing': () => {
    const slots = { a: good('a', { provenAt: null }), b: good('b'), r: trial('r') };
    assert.deepEqual(lastProven(stateOf(slots)), ['a', 'b']);
  },
  'leaves out what was overwritten since its proof, and what is empty': () => {
    const other = { deployment: { id: 'a-2', version: null } };
    const history = [boot('b', 'proven'), boot('a', 'proven')];
    assert.deepEqual(lastProven(stateOf({ a: good('a', { ...other, health: 'trial' }), b: good('b') }, { history })), [
      'b',
    ]);
    assert.deepEqual(lastProven(stateOf({ a: good('a', { health: 'empty' }), b: good('b') }, { history })), ['b']);
  },
  "counts an image builder's word": () => {
    assert.deepEqual(lastProven(stateOf({ a: { health: 'good' }, b: trial('b') })), ['a']);
  },
});
