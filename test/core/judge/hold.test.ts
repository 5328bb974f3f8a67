import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeHold, type Look, recentLooks } from '../../../src/core/judge/hold.ts';
import { spec } from '../../support/spec.ts';

/** One look every 10 s: `+` good, `-` not. */
const looksOf = (marks: string): readonly Look[] =>
  [...marks].map((mark, at) => ({ atMs: at * 10_000, good: mark === '+' }));
const held = (marks: string, seconds = 120): boolean => judgeHold(looksOf(marks), seconds * 1000).held;

const someLooks = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.boolean()), { maxLength: 60 })
  .map((steps) => {
    let atMs = 0;
    return steps.map(([stepMs, good]): Look => {
      atMs += stepMs;
      return { atMs, good };
    });
  });
const someHoldMs = fc.integer({ min: 0, max: 300_000 });

spec('judgeHold()', {
  'is held by the first look that is as old as the hold': () => {
    assert.equal(held('+'.repeat(12)), false);
    assert.equal(held('+'.repeat(13)), true);
  },
  'forgives one bad look in ten, and no more': () => {
    assert.equal(held(`++++++-++++++`), true);
    assert.equal(held(`+++-++-++++++`), false);
    assert.equal(held('-'.repeat(20) + '+'.repeat(11)), false);
    assert.equal(held('-'.repeat(20) + '+'.repeat(12)), true);
  },
  'needs the last look to be good': () => {
    assert.equal(held(`${'+'.repeat(30)}-`), false);
    assert.equal(held(`${'+'.repeat(30)}-+`), true);
  },
  'takes one good look when no hold is asked for': () => {
    assert.equal(held('+', 0), true);
    assert.equal(held('-----+', 0), true);
    assert.equal(held('', 0), false);
  },
  'is never held by a bad last look, nor by fewer than nine in ten': () => {
    fc.assert(
      fc.property(someLooks, someHoldMs, (looks, holdMs) => {
        const newest = looks.at(-1);
        if (newest === undefined) return;
        const within = looks.filter(({ atMs }) => newest.atMs - atMs <= holdMs);
        const share = within.filter(({ good }) => good).length / within.length;
        const isFilled = newest.atMs - (looks[0]?.atMs ?? 0) >= holdMs;
        assert.equal(judgeHold(looks, holdMs).held, newest.good && isFilled && share >= 0.9);
      }),
    );
  },
  'stays held when a bad look was good instead': () => {
    fc.assert(
      fc.property(someLooks, someHoldMs, fc.nat(), (looks, holdMs, which) => {
        if (!judgeHold(looks, holdMs).held) return;
        const better = looks.map((look, at) => (at === which % looks.length ? { ...look, good: true } : look));
        assert.ok(judgeHold(better, holdMs).held);
      }),
    );
  },
});

spec('recentLooks()', {
  'forgets only what no later judgement needs': () => {
    fc.assert(
      fc.property(someLooks, someHoldMs, (looks, holdMs) => {
        let kept: readonly Look[] = [];
        looks.forEach((look, at) => {
          kept = recentLooks([...kept, look], holdMs);
          assert.deepEqual(judgeHold(kept, holdMs), judgeHold(looks.slice(0, at + 1), holdMs));
        });
      }),
    );
  },
});
