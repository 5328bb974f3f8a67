/** The page says of each fault what its runs showed, and of one without a result that it was not run. */
import assert from 'node:assert/strict';
import { spec } from '../support/spec.ts';
import type { Fault } from './fault.ts';
import { formatCount, formatMatrix, type Row } from './matrix.ts';
import type { Result } from './result.ts';

const fault: Fault = {
  name: 'no-init',
  what: 'init is gone',
  node: 'debian',
  breaks: [{ mounted: 'root-b', sh: 'rm init' }],
  answer: 'the other slot',
  signs: [/./],
  ends: { slot: 'a' },
  boots: 1,
  without: { how: 'a plain boot', plain: 'b', ends: 'unreachable' },
};
const result: Result = {
  faultKey: 'f',
  nodeKey: 'now',
  at: '2026-01-01T00:00',
  with: { ok: true, ended: 'slot a', boots: 1, seconds: 61, said: ['[  1.2] no init | in `b`'] },
  without: { ok: true, ended: 'unreachable', boots: 1, seconds: 40, said: [] },
};
const row = (change: Partial<Result> | null): Row => ({
  fault,
  result: change === null ? null : { ...result, ...change },
  nodeKey: 'now',
});

const failing = { ok: false, ended: 'slot b', boots: 1, seconds: 40, said: [] };
const pageOf = (shown: Row): string => formatMatrix([{ title: 'Roots', rows: [shown] }], []);

spec('formatMatrix()', {
  'tells what was done, how many boots it took, where it ended, and what the negative run showed': () => {
    const page = pageOf(row({}));
    assert.match(page, /\| the other slot<br>`no init \/ in 'b'` \| 1 \| slot a, 61 s \| a plain boot: unreachable \|/);
  },
  'says of a fault without a result that it was not run': () => {
    assert.match(pageOf(row(null)), /\| not run \| a plain boot: not run \|/);
  },
  'shows a failed run and a negative run that came back as failed': () => {
    const failed = row({ with: { ...result.with, ok: false }, without: failing });
    const page = pageOf(failed);
    assert.match(page, /\| FAILED: slot a, 61 s \| a plain boot: FAILED: slot b \|/);
  },
  'marks what was run with an earlier build': () => {
    assert.match(pageOf(row({ nodeKey: 'then' })), /\(debian\) †: init is gone/);
  },
});

spec('formatCount()', {
  'counts as passed only what passed both runs': () => {
    const half = row({ without: failing });
    assert.match(
      formatCount([row({}), half, row(null)]),
      /3 faults: 1 passed both runs \(1 of them in the Debian guest\), 1 did not, 1 not run/,
    );
  },
});
