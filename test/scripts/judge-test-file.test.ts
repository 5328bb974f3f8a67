/** The runner must not call a file good that ran nothing, skipped something, failed or never ended. */
import assert from 'node:assert/strict';
import { judgeFile, type TestRun } from '../../scripts/judge-test-file.ts';
import { spec } from '../support/spec.ts';

const summary = (total: number, passed: number, skipped: number): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1ms\n`;

const judge = (output: string, rest: Partial<TestRun> = {}): string => {
  const run: TestRun = { file: 'f', log: 'l', output, status: 0, isLate: false, seconds: 1, ...rest };
  const { passed, failed, problem } = judgeFile(run);
  return `${passed} passed, ${failed} failed: ${problem ?? 'ok'}`;
};

spec('judgeFile()', {
  'accepts a file that ran and passed all its tests': () => {
    assert.equal(judge(summary(3, 3, 0)), '3 passed, 0 failed: ok');
  },
  'refuses a file that ran no test, even with exit status 0': () => {
    assert.equal(judge('hello\n'), '0 passed, 1 failed: ran no test, exit status 0');
    assert.equal(judge(summary(0, 0, 0)), '0 passed, 1 failed: ran no test, exit status 0');
  },
  'refuses failed and skipped tests, even with exit status 0': () => {
    assert.equal(judge(summary(3, 1, 0)), '1 passed, 2 failed: 2 of 3 failed');
    assert.equal(judge(summary(3, 3, 1)), '3 passed, 1 failed: 1 skipped');
  },
  'refuses a process that failed, died or never ended after its tests passed': () => {
    assert.equal(judge(summary(3, 3, 0), { status: 1 }), '3 passed, 1 failed: exit status 1');
    assert.equal(judge(summary(3, 3, 0), { status: null }), '3 passed, 1 failed: exit status signal');
    assert.equal(judge(summary(3, 3, 0), { isLate: true, seconds: 60 }), '3 passed, 1 failed: no end after 60 s');
  },
  'counts by the totals that uvu printed last, not by lines of the test itself': () => {
    assert.equal(judge(summary(9, 9, 0) + summary(2, 1, 0)), '1 passed, 1 failed: 1 of 2 failed');
  },
});
