/** Suggestions: near enough to be meant, or none. */
import assert from 'node:assert/strict';
import { editDistance, nearestWord } from '../../src/core/nearest.ts';
import { spec } from '../support/spec.ts';

spec('editDistance()', {
  'counts inserts, deletes, replacements and swaps of neighbours as one': () => {
    const pairs: [string, string, number][] = [
      ['', 'abc', 3],
      ['status', 'status', 0],
      ['stauts', 'status', 1],
      ['statu', 'status', 1],
      ['sstatus', 'status', 1],
      ['stetus', 'status', 1],
      ['kitten', 'sitting', 3],
    ];
    for (const [left, right, distance] of pairs) {
      assert.equal(editDistance(left, right), distance, `${left} ${right}`);
      assert.equal(editDistance(right, left), distance, `${right} ${left}`);
    }
  },
});

spec('nearestWord()', {
  'takes the nearest, or the only one that begins so': () => {
    assert.equal(nearestWord('stat', ['state', 'status', 'switch']), 'state');
    assert.equal(nearestWord('roll', ['rollback', 'log']), 'rollback');
    assert.equal(nearestWord('swich', ['state', 'switch']), 'switch');
  },
  'is silent when nothing is near': () => {
    assert.equal(nearestWord('frobnicate', ['status', 'log']), null);
    assert.equal(nearestWord('x', ['a', 'b']), null);
  },
});
