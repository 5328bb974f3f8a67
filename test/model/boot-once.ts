/**
 * One boot of the model: follows the plans of `planBoot` as the interpreter of the boot stage does, with what fails on the
 * way, and looks at each plan and each step by the laws.
 */
import assert from 'node:assert/strict';
import type { BootFacts, SlotFailure } from '../../src/core/boot/facts.ts';
import type { BootPlan, Step } from '../../src/core/boot/step.ts';
import type { Config } from '../../src/core/config/config.ts';
import type { SlotName } from '../../src/core/slot.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { type ModelNode, NEXT_BOOT, nowOf, OLDER_BOOT, THIS_BOOT } from './node.ts';
import type { Rules } from './rules.ts';

/** What goes wrong in this boot. */
export interface Trouble {
  /** `absent` and `content`: mounting the base fails; `check`: the assembled root has no init. */
  readonly slot?: { readonly name: SlotName; readonly how: 'absent' | 'content' | 'check' };
  /** The last boot left a panic record. */
  readonly panicked?: true;
  readonly saveFails?: true;
  readonly cutAfterSave?: true;
}

export interface BootEnd {
  readonly disk: BootState;
  readonly entered: (Step & { readonly do: 'handOver' }) | null;
  readonly saved: boolean;
  /** What was identified in this boot: the record now tells of it. */
  readonly found: readonly SlotName[];
}

const MOST_PLANS = 30;

export function bootOnce(rules: Rules, config: Config, node: ModelNode, trouble: Trouble): BootEnd {
  let facts = factsOf(node, config, trouble);
  let disk = node.state;
  for (let count = 0; count < MOST_PLANS; count += 1) {
    const plan = rules.planBoot(facts);
    checkPlan(plan);
    const next = follow(plan, facts, node, trouble, disk);
    disk = next.disk;
    if (next.facts === null) return { ...next, found: Object.keys(facts.bases) };
    facts = next.facts;
  }
  throw new assert.AssertionError({ message: `there is no end of plans: ${MOST_PLANS} in one boot` });
}

interface Followed {
  readonly disk: BootState;
  /** Null: the boot has come to its end. */
  readonly facts: BootFacts | null;
  readonly entered: BootEnd['entered'];
  readonly saved: boolean;
}

function follow(plan: BootPlan, facts: BootFacts, node: ModelNode, trouble: Trouble, before: BootState): Followed {
  let disk = before;
  let saved = false;
  const go = (next: BootFacts | null, entered: BootEnd['entered'] = null): Followed => ({
    disk,
    facts: next,
    entered,
    saved,
  });
  const fail = (step: Step, slot: SlotName, kind: SlotFailure['kind']): Followed => {
    const mode = plan.steps.find((each) => each.do === 'handOver')?.mode ?? 'normal';
    const failures = [...facts.failures, { slot, mode, step: step.do, kind, why: 'it failed' }];
    return go({ ...facts, failures, state: saved ? valid(disk) : facts.state });
  };
  for (const step of plan.steps) {
    if (step.do === 'mountBase') {
      if (trouble.slot?.name === step.slot && trouble.slot.how !== 'check')
        return fail(step, step.slot, trouble.slot.how);
      if (facts.bases[step.slot] === undefined) return go(withBase(facts, step.slot, node));
    } else if (step.do === 'saveState') {
      if (trouble.saveFails) return go({ ...facts, stateUnwritable: 'the medium is dead' });
      disk = step.state;
      saved = true;
      if (trouble.cutAfterSave) return go(null);
    } else if (step.do === 'checkRoot') {
      if (trouble.slot?.name === step.slot && trouble.slot.how === 'check') return fail(step, step.slot, 'content');
    } else if (step.do === 'handOver') {
      checkEntry(step, disk, saved, trouble);
      return go(null, step);
    } else if (step.do === 'reboot' || step.do === 'enterRescue') return go(null);
  }
  return go(null);
}

/** There is always a plan, and it comes to an end; a slot writes to no other slot's upper. */
function checkPlan({ slot, steps }: BootPlan): void {
  const last = steps.at(-1)?.do;
  assert.ok(last === 'handOver' || last === 'enterRescue' || last === 'reboot', 'a plan without an end');
  for (const step of steps) {
    if (step.do === 'mountUpper')
      assert.ok(step.upperId?.startsWith(`${slot}-`), 'the upper of another slot is written');
  }
}

/** A trial is never entered without a durable attempt; choices are taken in the same write. */
function checkEntry({ slot }: { readonly slot: SlotName }, disk: BootState, saved: boolean, trouble: Trouble): void {
  if (!saved) {
    assert.ok(trouble.saveFails, 'a slot is entered without a saved attempt, although it could be saved');
    const health = disk.slots[slot]?.health;
    assert.ok(health === 'good' || slot === 'r', `slot ${slot} (${health}) is entered without a durable attempt`);
    return;
  }
  assert.ok(disk.current?.bootId === NEXT_BOOT && disk.current.slot === slot, 'the saved attempt is of another boot');
  assert.equal(disk.oneShot, null, 'a one-shot choice outlives the boot that takes it');
  assert.equal(disk.ladder.next, null, "the ladder's choice outlives the boot that takes it");
}

function factsOf(node: ModelNode, config: Config, trouble: Trouble): BootFacts {
  return {
    config,
    forcedSlot: null,
    state: valid(node.state),
    stateUnwritable: null,
    bootId: NEXT_BOOT,
    now: nowOf(node.state),
    bases: {},
    failures: [],
    evidence: trouble.panicked ? 'ended in a kernel panic' : null,
    notes: [],
  };
}

function withBase(facts: BootFacts, slot: SlotName, { state, swapped }: ModelNode): BootFacts {
  const recorded = state.slots[slot]?.deployment?.id ?? 'first';
  const id = swapped.includes(slot) ? `another than ${recorded}` : recorded;
  const base = {
    deployment: { id, version: null },
    device: '/dev/x',
    partuuid: null,
    serial: null,
    removable: false,
    notes: [],
  };
  return { ...facts, bases: { ...facts.bases, [slot]: base } };
}

function valid(state: BootState): BootFacts['state'] {
  return { kind: 'valid', state, sequence: 1n, record: 0, note: null };
}

/** The boot that was the next one is this one now. */
export function asThisBoot(state: BootState): BootState {
  const text = JSON.stringify(state).replaceAll(THIS_BOOT, OLDER_BOOT).replaceAll(NEXT_BOOT, THIS_BOOT);
  return JSON.parse(text) as BootState;
}
