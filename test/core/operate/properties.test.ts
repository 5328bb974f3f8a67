/** What must hold for every boot state that there can be, however a node came to it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { describeStatus } from '../../../src/core/operate/describe-status.ts';
import { explain } from '../../../src/core/operate/explain.ts';
import { markBadByHand, resetAttempts } from '../../../src/core/operate/judge-by-hand.ts';
import { planNextBoot } from '../../../src/core/operate/next-boot.ts';
import { switchTo } from '../../../src/core/operate/switch-to.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { CONFIG_TEXT, someState, valid } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const { config } = parseConfig(CONFIG_TEXT, 'x');
const NAMES = ['a', 'b', 'r'] as const;
const name = fc.constantFrom(...NAMES);
const id = fc.constantFrom('aaaa', 'bbbb', 'cccc');
const deployment = fc.option(fc.record({ id, version: fc.constant(null) }));
const count = fc.nat({ max: 7 });
const slot = fc.record({
  deployment,
  health: fc.constantFrom('trial', 'good', 'bad', 'empty'),
  attempts: count,
  aliveAttempts: fc.constant(0),
  limit: fc.option(fc.integer({ min: 1, max: 4 })),
  reason: fc.option(fc.constant('because')),
  provenAt: fc.option(fc.constant('2026-11-20T08:00:00Z')),
  proofLevel: fc.option(fc.constantFrom('forward', 'loop', 'remote', 'manual')),
  provenId: fc.option(id),
  best: fc.constantFrom('nothing', 'assembled', 'alive', 'proven'),
  mode: fc.constantFrom('normal', 'clean'),
  cleanAttempts: count,
  evidence: fc.option(fc.constant('panic')),
  shortLived: fc.nat({ max: 6 }),
  refunds: fc.nat({ max: 2 }),
  held: fc.option(fc.constant('an outage')),
  lately: fc.constant([]),
  device: fc.constant(null),
});
const state: fc.Arbitrary<BootState> = fc
  .record({
    slots: fc.record({ a: slot, b: slot, r: slot }),
    order: fc.shuffledSubarray([...NAMES], { minLength: 3 }),
    oneShot: fc.option(name),
    round: fc.record({ number: fc.nat({ max: 2 }), clean: fc.subarray([...NAMES]), recovery: fc.subarray(['r']) }),
    running: fc.option(name),
  })
  .map(({ slots, order, oneShot, round, running }) => {
    const bootId = 'f'.repeat(32);
    const current =
      running === null
        ? null
        : ({ bootId, slot: running, attempt: 1, mode: 'normal', turn: 'order', alive: false } as const);
    return { ...someState(slots), order, oneShot, round, current } as BootState;
  });
const found = fc.option(fc.record({ id, version: fc.constant(null) }));

function next(of: BootState) {
  return planNextBoot({ config, state: valid(of), forcedSlot: null, notes: [] });
}

function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, property), { numRuns: 2000 });
}

const switching = fc
  .record({ before: state, slot: name, once: fc.boolean(), found })
  .filter(({ before, slot, found }) => before.slots[slot]?.health !== 'empty' || found !== null);

spec('any boot state', {
  'after a switch the next boot enters that slot, in normal mode, with its first attempt': () => {
    check(switching, ({ before, ...choice }) => {
      // A boot that is cut while this is asked for is settled first, and may be the last straw for its own slot.
      const settled = { ...before, current: null };
      const plan = next(switchTo(settled, choice).state);
      assert.equal(plan.slot, choice.slot);
      const enter = plan.steps.at(-1);
      assert.ok(enter?.do === 'handOver' && enter.mode === 'normal' && enter.attempt === 1);
    });
  },
  'a second switch finds nothing to change': () => {
    check(switching, ({ before, ...choice }) => {
      const once = switchTo(before, choice).state;
      assert.equal(switchTo(once, choice).state, once);
    });
  },
  'a switch never makes good what does not hold what was proven': () => {
    check(switching, ({ before, ...choice }) => {
      const after = switchTo(before, choice).state.slots[choice.slot];
      const was = before.slots[choice.slot];
      const holds = choice.found?.id ?? was?.deployment?.id;
      if (after?.health === 'good' && was?.provenId != null && holds !== undefined) assert.equal(holds, was.provenId);
      if (after?.health === 'good' && was?.provenId == null) assert.equal(was?.health, 'good');
    });
  },
  'a switch with --once leaves the order, and one without leaves no other choice': () => {
    check(switching, ({ before, ...choice }) => {
      const { order, oneShot } = switchTo(before, choice).state;
      assert.deepEqual(order.toSorted(), before.order.toSorted());
      if (choice.once) assert.deepEqual(order, before.order);
      else assert.deepEqual([order[0], oneShot], [choice.slot, null]);
    });
  },
  'a slot that is marked bad is not entered while any other can be': () => {
    check(fc.record({ before: state, slot: name }), ({ before, slot }) => {
      if (before.slots[slot]?.health === 'empty') return;
      const after = markBadByHand({ ...before, current: null }, { slot, reason: 'no', boot: null }).state;
      const other = Object.entries(after.slots).some(
        ([each, { health, mode, attempts, cleanAttempts, limit }]) =>
          each !== slot &&
          config.slots[each]?.role === 'normal' &&
          (health === 'good' || health === 'trial') &&
          (mode === 'clean' ? cleanAttempts : attempts) < (limit ?? (health === 'good' ? 5 : 3)),
      );
      if (other && after.round.number === 0 && after.oneShot === null) assert.notEqual(next(after).slot, slot);
    });
  },
  'resetting attempts twice is resetting them once': () => {
    check(fc.record({ before: state, slot: fc.option(name) }), ({ before, slot }) => {
      const once = resetAttempts(before, slot).state;
      assert.equal(resetAttempts(once, slot).state, once);
    });
  },
  'there is always a status and an explanation': () => {
    check(state, (of) => {
      const facts = {
        config,
        problems: [],
        forcedSlot: null,
        state: valid(of),
        running: null,
        verdict: null,
        degraded: [],
      };
      const report = describeStatus(facts);
      assert.equal(Object.keys(report.slots).length, 3);
      assert.equal(report.next.slot, next(of).slot);
      assert.equal(
        Object.keys(explain({ running: null, verdict: null, state: of, config, memory: null, notes: [] }).slots).length,
        3,
      );
    });
  },
});
