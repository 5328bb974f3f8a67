/** Durations: what systemd.time(7) writes, nothing else, and an answer in no time whatever was typed. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';
import { spec } from '../support/spec.ts';

spec('parseDuration()', {
  'understands numbers with units, and seconds without': () => {
    const pairs: [string, number][] = [
      ['90', 90],
      ['15min', 900],
      ['2h 30min', 9000],
      [' 1d2h ', 93_600],
      ['1.5 h', 5400],
      ['500ms', 0.5],
      ['1w', 604_800],
      ['0s', 0],
      ['1 2', 3],
    ];
    for (const [text, seconds] of pairs) assert.equal(parseDuration(text), seconds, text);
  },
  'refuses everything else': () => {
    for (const text of [
      '',
      ' ',
      'soon',
      '5 parsecs',
      '-5s',
      '1.5.5',
      '1,5s',
      's',
      '5S',
      '1constructor',
      '5s!',
      '1e3',
    ]) {
      assert.equal(parseDuration(text), null, text);
    }
  },
  'answers at once, however long the typo': () => {
    const fromMs = performance.now();
    for (const text of [`${'1'.repeat(5000)}!`, `${'1 '.repeat(5000)}!`, `${'1s'.repeat(5000)}x`]) {
      assert.equal(parseDuration(text), null);
    }
    assert.ok(performance.now() - fromMs < 2000);
  },
  'reads what formatDuration writes': () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), (seconds) => parseDuration(formatDuration(seconds)) === seconds),
    );
  },
});
