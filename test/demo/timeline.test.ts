/** The demo's timeline and checks: what they show and what they refuse. */
import assert from 'node:assert/strict';
import { bootsSince, expectProven, expectSpent, expectTrialThenHome } from '../../demo/checks.ts';
import { drawTimeline } from '../../demo/timeline.ts';
import { spec } from '../support/spec.ts';
import type { LoggedBoot, NodeStatus } from '../vm/support/node-view.ts';
import { parseStatus } from '../vm/support/node-view.ts';

function boot(bootId: string, slot: string, outcome: string, startedAt: string | null): LoggedBoot {
  return { bootId, slot, attempt: 1, outcome, reason: null, startedAt, proof: outcome === 'proven' ? 'loop' : null };
}

const day: readonly LoggedBoot[] = [
  boot('1', 'a', 'proven', '2026-03-01T10:00:05Z'),
  { ...boot('2', 'b', 'no-tunnel', '2026-03-01T10:02:00Z'), reason: 'no tunnel by the deadline' },
  boot('3', 'a', 'proven', '2026-03-01T10:04:00Z'),
];

const status = (over: Partial<NodeStatus> = {}): NodeStatus => ({
  booted: { slot: 'a', attempt: 1, bootId: '3', proven: true },
  next: { slot: 'a', reason: null },
  slots: {
    a: { health: 'good', attempts: 0, limit: 5, reason: null, proofLevel: 'loop' },
    b: { health: 'trial', attempts: 2, limit: 2, reason: null, proofLevel: null },
  },
  degraded: [],
  ...over,
});

spec('drawTimeline()', {
  'puts each boot below the scenario it started in, with its length': () => {
    const chapters = [
      { title: '1. first boot', startedMs: Date.parse('2026-03-01T10:00:00Z') },
      { title: '2. broken network', startedMs: Date.parse('2026-03-01T10:01:50Z') },
    ];
    assert.deepEqual(drawTimeline(day, chapters, Date.parse('2026-03-01T10:04:30Z')), [
      '10:00:00  1. first boot',
      '  10:00:05  a #1  ✔ ████████████ 115 s, proven (loop)',
      '10:01:50  2. broken network',
      '  10:02:00  b #1  ✘ ████████████ 120 s, no-tunnel: no tunnel by the deadline',
      '  10:04:00  a #1  ✔ ███ 30 s, proven (loop)',
    ]);
  },

  'shows a boot whose clock was not trusted without a time': () => {
    const lines = drawTimeline([boot('1', 'a', 'cut', null)], [], 0);
    assert.deepEqual(lines, ['  --:--:--  a #1  ⚡ █ 0 s, cut']);
  },
});

spec('the checks of the demo', {
  'accept a trial that used up its attempts, then a proven boot at home': () => {
    expectTrialThenHome(bootsSince(day, '1'), 'b', 1, 'a');
    expectSpent(status(), 'b');
    expectProven(status(), 'a', '3');
  },

  'count from the last entry of a boot that fell back in place': () => {
    const fell = [boot('1', 'b', 'failed', null), boot('1', 'a', 'proven', null), ...day.slice(1)];
    assert.deepEqual(
      bootsSince(fell, '1').map(({ bootId }) => bootId),
      ['2', '3'],
    );
  },

  'refuse one attempt too few, another slot, another boot, an unproven one': () => {
    assert.throws(() => expectTrialThenHome(bootsSince(day, '1'), 'b', 2, 'a'), /2 unproven boots/);
    assert.throws(() => expectTrialThenHome(bootsSince(day, '1'), 'a', 1, 'b'), /not seen/);
    assert.throws(() => bootsSince(day, '9'), /boot 9/);
    assert.throws(() => expectProven(status(), 'a', '2'), /the boot that was looked at/);
    assert.throws(() => expectProven(status({ booted: null }), 'a', '3'), /is booted/);
    const unproven = status({ booted: { slot: 'a', attempt: 1, bootId: '3', proven: false } });
    assert.throws(() => expectProven(unproven, 'a', '3'), /is proven/);
    assert.throws(() => expectSpent(status(), 'a'), /used up its attempts/);
  },
});

spec('parseStatus()', {
  'refuses an answer without the keys that scripts rely on': () => {
    assert.throws(() => parseStatus('{"booted": null}'), /not what the manual says/);
    assert.throws(() => parseStatus('Segmentation fault'), /not what the manual says/);
  },
});
