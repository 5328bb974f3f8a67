/** Good slots whose boots do not last, and what is not held against them. */
import assert from 'node:assert/strict';
import { countAttempt } from '../../../src/core/boot/count-attempt.ts';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import { markAlive } from '../../../src/core/judge/verdict.ts';
import { describeChanges } from '../../../src/core/operate/describe-changes.ts';
import { resetAttempts } from '../../../src/core/operate/judge-by-hand.ts';
import { planNextBoot } from '../../../src/core/operate/next-boot.ts';
import { switchTo } from '../../../src/core/operate/switch-to.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, factsOf, good, NOW, savedBy, stateOf, trial, valid } from '../../support/states.ts';

const idOf = (boot: number) => boot.toString(16).padStart(32, '0');

/** One boot that is entered, comes alive, and dies. @returns its state, and what ran */
function diesAlive(state: BootState, boot: number): { readonly state: BootState; readonly ran: string } {
  const facts = factsOf(state, { bootId: idOf(boot) });
  const plan = planBoot(facts);
  const entered = plan.steps.find((step) => step.do === 'handOver');
  if (entered === undefined) return { state: savedBy(plan), ran: 'rescue' };
  const running = { ...RUNNING, bootId: idOf(boot), slot: entered.slot, mode: entered.mode, attempt: entered.attempt };
  const ran = `${entered.slot}${entered.mode === 'clean' ? ' clean' : ''}`;
  return { state: markAlive(savedBy(plan), running), ran };
}

const RUNNING = {
  bootId: '',
  slot: 'a',
  attempt: 1,
  mode: 'normal',
  deploymentId: null,
  partuuid: null,
  serial: null,
  attemptSaved: true,
} as const;

function life(start: BootState, boots: number): { readonly state: BootState; readonly ran: string } {
  let state = start;
  const ran: string[] = [];
  for (let boot = 1; boot <= boots; boot += 1) {
    const end = diesAlive(state, boot);
    state = end.state;
    ran.push(end.ran);
  }
  return { state, ran: ran.join(' ') };
}

spec('good slots whose boots do not last', {
  'have their turn by blocks, then a clean boot, when nothing ever comes to its verdict': () => {
    const { ran } = life(stateOf({ a: good('a'), b: good('b'), r: good('r') }), 20);
    assert.equal(ran, `${'a '.repeat(5)}${'b '.repeat(5)}${'a '.repeat(3)}${'b '.repeat(3)}a clean b clean r rescue`);
  },
  'with a single one, come to a clean boot after eight in a row': () => {
    const { ran } = life(stateOf({ a: good('a'), b: { health: 'bad' } }), 9);
    assert.equal(ran, `${'a '.repeat(8)}a clean`);
  },
  'are normal again after a clean boot that nothing but brown-outs led to': () => {
    const { state } = life(stateOf({ a: good('a'), b: { health: 'bad' } }), 9);
    const clean = { ...RUNNING, bootId: idOf(9), mode: 'clean' } as const;
    const proven = markProven(state, clean, { level: 'loop', at: NOW }, CONFIG);
    assert.deepEqual([proven.slots['a']?.mode, proven.slots['a']?.attempts], ['normal', 0]);
    const plan = planBoot(factsOf(proven, { bootId: idOf(10) }));
    assert.ok(plan.steps.some((step) => step.do === 'handOver' && step.mode === 'normal' && step.slot === 'a'));
  },
  'keep the turn that an operator gave them during the boot that died': () => {
    const used = stateOf({ b: trial('b', { attempts: 2 }), a: good('a') });
    const open = countAttempt(used, { slot: 'b', mode: 'normal', turn: 'order', why: '' }, factsOf(used), []).state;
    for (const edited of [
      resetAttempts(open, 'b').state,
      switchTo(open, { slot: 'b', once: false, found: null }).state,
    ]) {
      const next = savedBy(planBoot(factsOf(edited, { bootId: idOf(7) })));
      assert.deepEqual([next.current?.slot, next.slots['b']?.health, next.slots['b']?.attempts], ['b', 'trial', 1]);
    }
  },
  'are not blamed for the end of a boot that an older release has entered since': () => {
    const entered = life(stateOf({ a: good('a'), b: good('b') }), 1).state;
    const young = { ...entered, current: null, young: { bootId: idOf(0), slot: 'a' } };
    const next = savedBy(planBoot(factsOf(young, { bootId: idOf(7), evidence: 'ended in a kernel panic' })));
    assert.deepEqual([next.slots['a']?.evidence, next.slots['a']?.shortLived, next.young], [null, 0, null]);
  },
  'are forgotten by reset-attempts, which says so': () => {
    const state = stateOf({ a: good('a', { shortLived: 5 }), b: good('b') });
    const after = resetAttempts(state, 'a').state;
    assert.deepEqual(describeChanges(state, after), ['slot a: boots that did not last: 5 -> 0']);
  },
  'are told of: the trace names the good slot that was passed over, and status does not accuse the running boot':
    () => {
      const state = stateOf({ a: good('a', { shortLived: 5 }), b: good('b') });
      const trace = planBoot(factsOf(state)).trace.at(-1) ?? '';
      assert.match(trace, /^slot b is chosen: good, .*; slot a did not last 5 times in a row$/);
      const young = {
        ...stateOf({ a: good('a', { shortLived: 4 }), b: good('b') }),
        young: { bootId: idOf(3), slot: 'a' },
      };
      const next = planNextBoot({ config: CONFIG, state: valid(young), forcedSlot: null, notes: [] });
      assert.equal(next.slot, 'a');
    },
});
