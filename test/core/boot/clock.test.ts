import assert from 'node:assert/strict';
import { type ClockFacts, planClock } from '../../../src/core/boot/clock.ts';
import { spec } from '../../support/spec.ts';

const ms = (time: string): number => Date.parse(time);
const facts: ClockFacts = {
  nowMs: ms('2026-11-22T03:00:00Z'),
  rtcMs: ms('2026-11-22T03:00:00Z'),
  latestProofAt: '2026-11-21T08:00:00Z',
  releasedAt: '2026-11-01T00:00:00Z',
};

const said = (change: Partial<ClockFacts>): string => planClock({ ...facts, ...change })?.why ?? 'as it is';

spec('planClock()', {
  'leaves a clock alone that nothing speaks against, also one that is ahead': () => {
    assert.equal(said({}), 'as it is');
    assert.equal(said({ nowMs: ms('2037-01-01T00:00:00Z') }), 'as it is');
    assert.equal(said({ rtcMs: facts.nowMs + 900, latestProofAt: null }), 'as it is');
  },
  'goes forward to the latest of hardware clock, last proof and release': () => {
    const dead = { nowMs: 0, rtcMs: null };
    assert.equal(
      said(dead),
      'the clock said 1970-01-01T00:00:00Z, and is set forward to 2026-11-21T08:00:00Z, the time of the last proof',
    );
    assert.match(said({ ...dead, latestProofAt: null }), /2026-11-01T00:00:00Z, the time of the release of lifeboot$/);
    assert.match(said({ ...dead, latestProofAt: 'soon' }), /the release of lifeboot$/);
    assert.match(said({ ...dead, latestProofAt: '2020-01-01T00:00:00Z' }), /the release of lifeboot$/);
    assert.match(said({ nowMs: 0 }), /2026-11-22T03:00:00Z, the time of the hardware clock$/);
    assert.match(said({ nowMs: 0, rtcMs: 0 }), /the last proof$/, 'a hardware clock without its battery');
  },
  'believes no time that this release cannot live to see: one wrong clock at one proof would else be kept for ever':
    () => {
      assert.equal(said({ latestProofAt: '2099-01-01T00:00:00Z' }), 'as it is');
      assert.match(
        said({ nowMs: 0, rtcMs: ms('2165-01-01T00:00:00Z') }),
        /2026-11-21T08:00:00Z, the time of the last proof$/,
      );
      assert.match(said({ nowMs: 0, rtcMs: ms('2045-01-01T00:00:00Z') }), /the hardware clock$/);
    },
  'takes only the hardware clock for the time that it is': () => {
    assert.equal(planClock({ ...facts, nowMs: 0 })?.isKnown, true);
    assert.equal(planClock({ ...facts, nowMs: 0, rtcMs: null })?.isKnown, false);
  },
});
