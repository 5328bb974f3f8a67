/** The share of a busy machine is taken from /proc/stat as the kernel documents it. */
import assert from 'node:assert/strict';
import { parseCpuTimes } from '../../bench/busy.ts';
import { medianOf } from '../../bench/measure.ts';
import { formatFinding, isWithin } from '../../bench/report.ts';
import { spec } from '../support/spec.ts';

spec('parseCpuTimes()', {
  'counts waiting as idle and guests once': () => {
    const stat = 'cpu  100 10 50 800 40 1 2 3 70 5\ncpu0 1 2 3 4 5 6 7 8 9 10\n';
    assert.deepEqual(parseCpuTimes(stat), { idle: 840, total: 1006 });
  },
  'refuses a text without the line': () => {
    assert.throws(() => parseCpuTimes('intr 1'), /no line 'cpu'/);
  },
});

spec('medianOf()', {
  'is the middle value in order of size, and none of nothing': () => {
    assert.equal(medianOf([9, 100, 10]), 10);
    assert.throws(() => medianOf([]), /no values/);
  },
});

spec('isWithin()', {
  'accepts the budget itself and refuses more, in words too': () => {
    const finding = { what: 'plan', value: 1.25, budget: 1.25, unit: 'x', detail: 'd' };
    assert.ok(isWithin(finding));
    assert.match(formatFinding(finding), /^ok {3}plan: 1\.25x \(at most 1\.25x\)/);
    assert.match(formatFinding({ ...finding, value: 1.26 }), /^OVER plan/);
  },
});
