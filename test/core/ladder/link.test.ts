import assert from 'node:assert/strict';
import fc from 'fast-check';
import { freshMemory, isHeld, noteLook, type TendMemory } from '../../../src/core/ladder/link.ts';
import { spec } from '../../support/spec.ts';

/** One look each minute; `g` is a good one. */
function look(pattern: string, memory: TendMemory = freshMemory(0)): TendMemory {
  const from = memory.looks.at(-1)?.at ?? 0;
  return [...pattern].reduce(
    (before, each, at) => noteLook(before, { at: from + (at + 1) * 60, good: each === 'g' }),
    memory,
  );
}

spec('isHeld()', {
  'wants good looks over the whole time, and a good one now': () => {
    assert.equal(isHeld(look('bbg').looks, 120), false);
    assert.equal(isHeld(look('bgg').looks, 120), false);
    assert.equal(isHeld(look('bggg').looks, 120), true);
    assert.equal(isHeld(look('gggb').looks, 120), false);
    assert.equal(isHeld(look('gbg').looks, 120), false);
  },
  'takes no gap between two looks for a held tunnel': () => {
    const looks = [
      { at: 0, good: false },
      { at: 1000, good: true },
    ];
    assert.equal(isHeld(looks, 120), false);
  },
  'wants no more than ten minutes, which is all that is remembered': () => {
    assert.equal(isHeld(look('g'.repeat(12)).looks, 3600), true);
  },
});

spec('noteLook()', {
  'counts the time without a tunnel from the last good look': () => {
    assert.equal(look(`${'g'.repeat(20)}${'b'.repeat(30)}`).away, 30 * 60);
  },
  'counts a boot that never had one from its start': () => {
    assert.equal(look('bbb', freshMemory(900)).away, 900 + 120);
  },
  'does not count a bad look now and then': () => {
    assert.equal(look('gggbgggbggggbggg'.repeat(20)).away, 0);
  },
  'neither counts nor forgets while the link is blippy': () => {
    const away = look('b'.repeat(40), freshMemory(0));
    const blippy = look('gb'.repeat(60), look('gb'.repeat(10), away));
    assert.ok(blippy.away >= away.away && blippy.away <= away.away + 15 * 60, `${blippy.away}`);
    assert.equal(look('gb'.repeat(500)).away, 0, 'and never begins to count');
  },
  'goes on counting over a single good look: a mostly dead link comes to its reboot': () => {
    const memory = look('bbbbbbbbbg'.repeat(12));
    assert.ok(memory.away >= 90 * 60, `${memory.away}`);
  },
  'forgets the time away only when two looks in three were good for ten minutes': () => {
    const away = look('b'.repeat(60));
    assert.ok(look('g'.repeat(9), away).away > 0);
    const back = look('g'.repeat(11), away);
    assert.deepEqual([back.away, back.taken], [0, []]);
    assert.notEqual(back.healthySince, null);
  },
  'does not take a timer that stood still for hours as hours without a tunnel': () => {
    const memory = noteLook(look('ggg'), { at: 20_000, good: false });
    assert.equal(memory.away, 300);
  },
  'keeps no more looks than a quarter of an hour has': () => {
    assert.equal(look('g'.repeat(200)).looks.length, 15);
  },
  'whatever the looks, time away never passes, is never negative and ends with a healthy link': () => {
    const pattern = fc.string({ unit: fc.constantFrom('g', 'b'), maxLength: 200 });
    fc.assert(
      fc.property(pattern, fc.nat({ max: 20_000 }), (text, away) => {
        const memory = look(text, freshMemory(away));
        assert.ok(memory.away >= 0 && memory.away <= away + text.length * 60);
        assert.equal(look('g'.repeat(15), memory).away, 0);
      }),
    );
  },
});
