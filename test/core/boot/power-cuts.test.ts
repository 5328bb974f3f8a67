/**
 * Lives of a node in the pure core: power goes between any two steps, boots end in any way, and the laws hold.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import type { BootPlan } from '../../../src/core/boot/step.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { markAlive, recordVerdict, refundCleanReboot } from '../../../src/core/judge/verdict.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, factsOf, good, stateOf, trial } from '../../support/states.ts';

const bootIdOf = (count: number) => count.toString(16).padStart(32, '0');

/** Runs a plan up to `cut` steps against a state on disk. */
function runUntil(
  plan: BootPlan,
  disk: BootState,
  cut: number,
): { readonly disk: BootState; readonly entered: string | null } {
  let saved = disk;
  for (const step of plan.steps.slice(0, cut)) {
    if (step.do === 'saveState') saved = step.state;
    if (step.do === 'handOver') return { disk: saved, entered: `${step.slot} ${step.mode}` };
  }
  return { disk: saved, entered: null };
}

function runningOf(state: BootState): RunningBoot | null {
  const { current } = state;
  if (current === null) return null;
  return {
    ...current,
    deploymentId: state.slots[current.slot]?.deployment?.id ?? null,
    partuuid: null,
    serial: null,
    attemptSaved: true,
  };
}

/** What happens to a boot after it was entered. */
const endings = fc.constantFrom('cut', 'hang', 'alive', 'no-tunnel', 'failed', 'proven', 'reboot', 'busy');

function end(disk: BootState, ending: string, provable: boolean): BootState {
  const boot = runningOf(disk);
  if (boot === null) return disk;
  const alive = () => markAlive(disk, boot);
  switch (ending) {
    case 'alive':
      return alive();
    case 'no-tunnel':
    case 'busy':
      return recordVerdict(alive(), boot, { outcome: ending, reason: 'silence' });
    case 'failed':
      return recordVerdict(disk, boot, { outcome: 'failed', reason: 'a check' });
    case 'proven':
      return provable ? markProven(alive(), boot, { level: 'loop', at: null }, CONFIG) : alive();
    case 'reboot':
      return refundCleanReboot(disk, boot);
    default:
      return disk;
  }
}

spec('power cuts', {
  'a trial that never proves itself is entered at most three times, wherever the power goes': () => {
    const start = stateOf({ b: trial('b'), a: good('a'), r: good('r') });
    const steps = planBoot(factsOf(start)).steps.length;
    for (let cut = 0; cut <= steps; cut += 1) {
      let disk = runUntil(planBoot(factsOf(start, { bootId: bootIdOf(1) })), start, cut).disk;
      let entries = cut >= steps ? 1 : 0;
      for (let boot = 2; boot < 12; boot += 1) {
        const result = runUntil(planBoot(factsOf(disk, { bootId: bootIdOf(boot) })), disk, Number.POSITIVE_INFINITY);
        disk = result.disk;
        if (result.entered?.startsWith('b normal') === true) entries += 1;
      }
      assert.ok(entries <= 3, `cut after step ${cut}: entered ${entries} times`);
    }
  },
  'ten power cuts in a row, at any step, never change the preferred order': () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 10 }), { minLength: 10, maxLength: 10 }), (cuts) => {
        const start = stateOf({ a: good('a'), b: good('b'), r: good('r') });
        const final = cuts.reduce(
          (disk, cut, count) => runUntil(planBoot(factsOf(disk, { bootId: bootIdOf(count) })), disk, cut).disk,
          start,
        );
        assert.deepEqual(final.order, start.order);
      }),
    );
  },
});

spec('lives of a node', {
  'there is always a plan, a trial is never entered without its attempt on disk, and a bad trial is left within its limit':
    () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(endings, fc.nat({ max: 12 })), { maxLength: 40 }), (life) => {
          let disk = stateOf({ b: trial('b'), a: good('a'), r: good('r') });
          let unbroken = 0;
          for (const [count, [ending, cut]] of life.entries()) {
            const plan = planBoot(factsOf(disk, { bootId: bootIdOf(count) }));
            assert.ok(plan.steps.length > 0);
            const result = runUntil(plan, disk, cut);
            disk = result.disk;
            if (result.entered === null) continue;
            const current = disk.current;
            assert.equal(current?.bootId, bootIdOf(count), 'entered without a durable attempt');
            const isTrialB = result.entered === 'b normal' && disk.slots['b']?.health === 'trial';
            if (isTrialB && disk.round.number === 0) unbroken += 1;
            disk = end(disk, ending, result.entered !== 'b normal');
            if (disk.round.number > 0) unbroken = 0;
          }
          // Three attempts, and at most two that came back in a row between two that did not.
          assert.ok(unbroken <= 9, `b was entered ${unbroken} times`);
        }),
        { numRuns: 2000 },
      );
    },
  'when hardware and uplink work again, a proven boot is reached within ten boots': () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(endings, fc.nat({ max: 12 })), { maxLength: 40 }), (life) => {
        let disk = stateOf({ b: trial('b'), a: good('a'), r: good('r') });
        for (const [count, [ending, cut]] of life.entries()) {
          const result = runUntil(planBoot(factsOf(disk, { bootId: bootIdOf(count) })), disk, cut);
          disk = result.entered === null ? result.disk : end(result.disk, ending, result.entered !== 'b normal');
        }
        for (let boot = 0; boot < 10; boot += 1) {
          const result = runUntil(
            planBoot(factsOf(disk, { bootId: bootIdOf(1000 + boot) })),
            disk,
            Number.POSITIVE_INFINITY,
          );
          disk = result.disk;
          if (result.entered === null) continue;
          if (result.entered.startsWith('b')) continue;
          disk = end(disk, 'proven', true);
          assert.equal(disk.history.at(-1)?.outcome, 'proven');
          return;
        }
        assert.fail(`no proven boot: ${JSON.stringify(disk)}`);
      }),
      { numRuns: 2000 },
    );
  },
});
