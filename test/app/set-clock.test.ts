/** The clock of the boot stage: set before the time of anything is taken, and never a reason not to boot. */
import assert from 'node:assert/strict';
import { gatherFacts } from '../../src/app/gather-facts.ts';
import type { Machine } from '../../src/app/ports.ts';
import { BootError } from '../../src/core/errors.ts';
import { fakeNode, someState, valid } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

/** Gathers the facts of a boot whose clock begins at `nowMs`. */
function gathered(nowMs: number, options: { readonly latestProofAt?: string; readonly fails?: boolean } = {}) {
  const { latestProofAt = '2026-11-21T08:00:00Z', fails = false } = options;
  const node = fakeNode({ reading: valid({ ...someState(), latestProofAt }) });
  let clockMs = nowMs;
  const machine: Machine = {
    ...node.ports.machine,
    clocks: () => ({ nowMs: clockMs, rtcMs: null }),
    setClock(toMs, isKnown) {
      assert.equal(isKnown, false);
      if (fails) throw new BootError('NOT_PERMITTED', 'the clock is left alone');
      clockMs = toMs;
    },
    now: () => new Date(clockMs).toISOString(),
  };
  const { facts } = gatherFacts({ ...node.ports, machine });
  return { now: facts.now, notes: facts.notes.join('\n') };
}

spec('setClockForward()', {
  'comes before the time of the boot is taken, and is told in the trace': () => {
    const { now, notes } = gathered(0);
    assert.equal(now, '2026-11-21T08:00:00.000Z');
    assert.match(notes, /the clock said 1970-01-01T00:00:00Z, and is set forward to 2026-11-21T08:00:00Z/);
  },
  'leaves a clock alone that may be right': () => {
    assert.deepEqual(gathered(Date.parse('2026-11-30T00:00:00Z')), { now: '2026-11-30T00:00:00.000Z', notes: '' });
  },
  'that fails is told, and the boot goes on': () => {
    const { now, notes } = gathered(0, { fails: true });
    assert.equal(now, '1970-01-01T00:00:00.000Z');
    assert.match(notes, /that failed: the clock is left alone, ignoring$/);
  },
});
