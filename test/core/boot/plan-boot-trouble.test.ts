/**
 * Decisions when something is wrong: failed steps, swapped content, unusable state, boots that ended badly.
 */
import assert from 'node:assert/strict';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { configOf, factsOf, good, savedBy, show, stateOf, trial } from '../../support/states.ts';

const PROVEN = stateOf({ a: good('a'), b: good('b'), r: good('r') });
const failureOf = (slot: string, step: string, kind: 'absent' | 'content' | 'io') => ({
  slot,
  mode: 'normal' as const,
  step,
  kind,
  why: 'it broke',
});

function chosen(state: BootState, change: Parameters<typeof factsOf>[1] = {}): string {
  const plan = planBoot(factsOf(state, change));
  const enter = plan.steps.find((step) => step.do === 'handOver');
  return enter === undefined ? (plan.steps.at(-1)?.do ?? 'nothing') : `${enter.slot} ${enter.mode}`;
}

spec('planBoot() after a failed step', {
  'goes on with the next slot in the same boot': () => {
    const plan = planBoot(factsOf(PROVEN, { failures: [failureOf('a', 'mountBase', 'absent')] }));
    assert.equal(plan.slot, 'b');
    const { slots, history } = savedBy(plan);
    assert.equal(slots['a']?.attempts, 1);
    assert.equal(slots['a']?.health, 'good');
    assert.equal(slots['a']?.evidence, 'mountBase failed: it broke');
    assert.deepEqual(
      history.map(({ slot, outcome }) => `${slot} ${outcome}`),
      ['a failed', 'b running'],
    );
  },
  'calls a slot bad when what it holds cannot be mounted': () => {
    const plan = planBoot(factsOf(PROVEN, { failures: [failureOf('a', 'mountBase', 'content')] }));
    assert.equal(savedBy(plan).slots['a']?.health, 'bad');
  },
  'keeps a proven slot good when its root lacks something: the upper may be to blame': () => {
    const failures = [failureOf('a', 'checkRoot', 'content')];
    assert.equal(savedBy(planBoot(factsOf(PROVEN, { failures }))).slots['a']?.health, 'good');
    const state = stateOf({ b: trial('b'), a: good('a') });
    const trialFailures = [failureOf('b', 'checkRoot', 'content')];
    assert.equal(savedBy(planBoot(factsOf(state, { failures: trialFailures }))).slots['b']?.health, 'bad');
  },
  'does not count an attempt twice when it was saved before the step failed': () => {
    const saved = savedBy(planBoot(factsOf(PROVEN)));
    const again = savedBy(planBoot(factsOf(saved, { failures: [failureOf('a', 'assembleRoot', 'io')] })));
    assert.equal(again.slots['a']?.attempts, 1);
    const third = savedBy(
      planBoot(factsOf(again, { failures: [failureOf('a', 'assembleRoot', 'io'), failureOf('b', 'mountBase', 'io')] })),
    );
    assert.equal(third.slots['a']?.attempts, 1);
    assert.deepEqual(
      third.history.map(({ slot, outcome }) => `${slot} ${outcome}`),
      ['a failed', 'b failed', 'a running'],
    );
    assert.equal(third.current?.mode, 'clean');
  },
  'ends in rescue when every slot fails': () => {
    const failures = ['a', 'b', 'r'].map((slot) => failureOf(slot, 'mountBase', 'absent'));
    assert.equal(chosen(PROVEN, { failures }), 'enterRescue');
  },
});

spec('planBoot() and the end of the last boot', {
  'records a boot without a verdict as cut, and one that came alive as alive': () => {
    for (const [alive, outcome] of [
      [false, 'cut'],
      [true, 'alive'],
    ] as const) {
      const first = savedBy(planBoot(factsOf(PROVEN, { bootId: 'f'.repeat(32) })));
      const left = { ...first, current: first.current === null ? null : { ...first.current, alive } };
      const saved = savedBy(planBoot(factsOf(left)));
      assert.deepEqual(
        saved.history.map((record) => record.outcome),
        [outcome, 'running'],
      );
    }
  },
  'holds a panic record against the slot that was running': () => {
    const first = savedBy(planBoot(factsOf(PROVEN, { bootId: 'f'.repeat(32) })));
    const saved = savedBy(planBoot(factsOf(first, { evidence: 'ended in a kernel panic: oops' })));
    assert.equal(saved.slots['a']?.evidence, 'ended in a kernel panic: oops');
    assert.equal(saved.history[0]?.outcome, 'failed');
  },
  'leaves a good slot that panics again and again after it came alive': () => {
    let state = PROVEN;
    const entered: string[] = [];
    for (let count = 0; count < 8; count += 1) {
      const evidence = count === 0 ? null : 'ended in a kernel panic: oops';
      const saved = savedBy(planBoot(factsOf(state, { bootId: `${count}`.repeat(32), evidence })));
      entered.push(saved.current?.slot ?? '');
      const slot = saved.current?.slot ?? '';
      // It comes alive, which clears the attempts, and panics before the proof.
      const alive = saved.current === null ? null : { ...saved.current, alive: true };
      state = {
        ...saved,
        current: alive,
        slots: { ...saved.slots, [slot]: { ...saved.slots[slot], attempts: 0 } as never },
      };
    }
    assert.deepEqual(entered, ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'b']);
  },
  'calls a trial bad when its attempts are used up and none came alive': () => {
    const state = stateOf({ b: trial('b', { attempts: 2 }), a: good('a') });
    const last = savedBy(planBoot(factsOf(state, { bootId: 'f'.repeat(32) })));
    const plan = planBoot(factsOf(last));
    assert.equal(plan.slot, 'a');
    assert.equal(savedBy(plan).slots['b']?.health, 'bad');
  },
  'leaves a trial that came alive to the judgement of the next proof': () => {
    const state = stateOf({ b: trial('b', { attempts: 3, best: 'alive' }), a: good('a') });
    assert.equal(savedBy(planBoot(factsOf(state))).slots['b']?.health, 'trial');
  },
});

spec('planBoot() without a usable state', {
  'begins anew, in configuration order, when there is none or it is corrupt': () => {
    for (const kind of ['blank', 'corrupt'] as const) {
      const plan = planBoot(factsOf({ kind, why: 'no record is valid' }));
      assert.equal(plan.slot, 'a');
      assert.ok(show(plan).includes('save slot a: attempt 1'));
      assert.match(plan.trace[0] ?? '', /no record is valid; slots are tried in configuration order/);
    }
  },
  'writes nothing when the state is too new, absent or unreadable, and still boots': () => {
    for (const state of [
      { kind: 'tooNew', major: 2, why: 'format 2' },
      { kind: 'absent', why: 'no device' },
      { kind: 'unreadable', why: 'I/O error' },
    ] as const) {
      const plan = planBoot(factsOf(state));
      assert.equal(plan.slot, 'a');
      assert.ok(!plan.steps.some((step) => step.do === 'saveState'), state.kind);
    }
  },
  'never enters a trial whose attempt cannot be saved, and enters a proven slot': () => {
    const state = stateOf({ b: trial('b'), a: good('a') });
    assert.equal(chosen(state, { stateUnwritable: 'read-only medium' }), 'a normal');
    const config = configOf('[slots.b]\nroot = "/dev/b"\n');
    assert.equal(chosen(stateOf({ b: trial('b') }), { stateUnwritable: 'read-only medium', config }), 'enterRescue');
  },
  'enters the recovery slot, proven or not, rather than nothing': () => {
    assert.equal(chosen(stateOf({ b: trial('b') }), { stateUnwritable: 'read-only medium' }), 'r normal');
  },
  'reaches every proven slot by weight when nothing can be counted': () => {
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 4096; draw += 1) {
      const bootId = draw.toString(16).padStart(8, '0').padEnd(32, '0');
      const slot = chosen(PROVEN, { stateUnwritable: 'read-only medium', bootId });
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(counts), { 'a normal': 3072, 'b normal': 512, 'r normal': 512 });
  },
  'leaves a one-shot choice alone when it cannot be consumed': () => {
    assert.equal(chosen({ ...PROVEN, oneShot: 'b' }, { stateUnwritable: 'read-only medium' }), 'a normal');
  },
});
