import assert from 'node:assert/strict';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import {
  BOOT_ID,
  CONFIG_TEXT,
  configOf,
  factsOf,
  good,
  NOW,
  savedBy,
  show,
  stateOf,
  trial,
} from '../../support/states.ts';

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

spec('planBoot() order of steps', {
  'mounts the base, saves the attempt, and only then touches anything of the slot': () => {
    assert.deepEqual(show(planBoot(factsOf(stateOf({ b: trial('b'), a: good('a') })))), [
      'mount b',
      'save slot b: attempt 1',
      'upper persistent',
      'assemble b',
      'placeIdentity',
      'checkRoot',
      'setDeadline',
      'enter b (normal)',
    ]);
  },
  'saves the attempt, the running record and the consumed one-shot choice in one state': () => {
    const saved = savedBy(planBoot(factsOf({ ...PROVEN, oneShot: 'b' })));
    assert.equal(saved.slots['b']?.attempts, 1);
    assert.equal(saved.oneShot, null);
    assert.deepEqual(saved.current, {
      bootId: BOOT_ID,
      slot: 'b',
      attempt: 1,
      mode: 'normal',
      turn: 'oneShot',
      alive: false,
    });
    assert.equal(saved.history.at(-1)?.outcome, 'running');
    assert.equal(saved.history.at(-1)?.startedAt, NOW);
  },
  'has a reason for every choice': () => {
    assert.deepEqual(planBoot(factsOf(stateOf({ b: trial('b', { attempts: 1 }), a: good('a') }))).trace, [
      'slot b is chosen: trial, 1 of 3 attempts used',
    ]);
  },
});

spec('planBoot() choice', {
  'takes the preferred slot': () => assert.equal(chosen(PROVEN), 'a normal'),
  'takes a one-shot choice first, and leaves the order': () => {
    assert.equal(chosen({ ...PROVEN, oneShot: 'b' }), 'b normal');
    assert.deepEqual(savedBy(planBoot(factsOf({ ...PROVEN, oneShot: 'b' }))).order, ['a', 'b', 'r']);
  },
  'ignores a one-shot choice of a slot that is empty or not configured': () => {
    assert.equal(chosen({ ...PROVEN, oneShot: 'z' }), 'a normal');
    assert.equal(chosen(stateOf({ a: good('a'), b: { health: 'empty' } }, { oneShot: 'b' })), 'a normal');
  },
  'passes over a trial that used up its attempts': () => {
    assert.equal(chosen(stateOf({ b: trial('b', { attempts: 3 }), a: good('a') })), 'a normal');
    assert.equal(chosen(stateOf({ b: trial('b', { attempts: 2 }), a: good('a') })), 'b normal');
  },
  'passes over a good slot that used up its attempts, and over a bad one': () => {
    assert.equal(chosen(stateOf({ a: good('a', { attempts: 5 }), b: good('b') })), 'b normal');
    assert.equal(chosen(stateOf({ a: { health: 'bad' }, b: good('b') })), 'b normal');
  },
  'keeps to the limits of the configuration and of the slot': () => {
    const config = configOf(`${CONFIG_TEXT}\n[attempts]\ntrial = 1\n`);
    assert.equal(chosen(stateOf({ b: trial('b', { attempts: 1 }), a: good('a') }), { config }), 'a normal');
    assert.equal(chosen(stateOf({ b: trial('b', { attempts: 1, limit: 2 }), a: good('a') }), { config }), 'b normal');
  },
  'leaves the recovery slot for last, unless an operator put it first': () => {
    assert.equal(chosen(stateOf({ b: trial('b', { attempts: 3 }), r: good('r'), a: good('a') })), 'a normal');
    assert.equal(chosen(stateOf({ r: good('r'), a: good('a') })), 'r normal');
  },
  'counts further named slots like any other': () => {
    const config = configOf(`[slots.left]\nroot = "/dev/x"\n[slots.right-2]\nroot = "/dev/y"\n`);
    assert.equal(
      chosen(stateOf({ left: { health: 'bad' }, 'right-2': good('right-2') }), { config }),
      'right-2 normal',
    );
  },
});

spec('planBoot() when no slot is left', {
  'gives each slot one clean boot, then the recovery slot, then rescue with a new round': () => {
    let state = stateOf({
      a: good('a', { attempts: 5 }),
      b: trial('b', { attempts: 3, best: 'alive' }),
      r: trial('r'),
    });
    const seen: string[] = [];
    for (let boot = 0; boot < 5; boot += 1) {
      const bootId = String(boot).repeat(32);
      seen.push(chosen(state, { bootId }));
      state = savedBy(planBoot(factsOf(state, { bootId })));
    }
    assert.deepEqual(seen, ['a clean', 'b clean', 'r normal', 'enterRescue', 'a normal']);
  },
  'uses a tmpfs upper, no persistent directories, but the identity, in a clean boot': () => {
    const config = configOf(`${CONFIG_TEXT}\n[[persist]]\npath = "/var"\n`);
    const state = stateOf({ a: good('a', { attempts: 5 }), b: { health: 'bad' } });
    const lines = show(planBoot(factsOf(state, { config })));
    assert.ok(
      lines.includes('upper tmpfs') && lines.includes('placeIdentity') && !lines.includes('bindPersistent'),
      lines.join(', '),
    );
    assert.ok(show(planBoot(factsOf(PROVEN, { config }))).includes('bindPersistent'));
  },
  'ranks slots in a new round by the best they ever showed': () => {
    const round = { number: 1, clean: [], recovery: [] };
    const state = stateOf({ a: { health: 'bad', best: 'assembled' }, b: { health: 'bad', best: 'proven' } }, { round });
    assert.equal(chosen(state), 'b normal');
  },
  'never chooses an empty slot': () => {
    const round = { number: 1, clean: [], recovery: [] };
    assert.equal(
      chosen(stateOf({ a: { health: 'empty' }, b: { health: 'empty' }, r: { health: 'empty' } }, { round })),
      'enterRescue',
    );
  },
  'stays in a mode that a clean boot proved, and counts its boots apart': () => {
    const state = stateOf({ a: good('a', { mode: 'clean', attempts: 5 }), b: good('b') });
    assert.equal(chosen(state), 'a clean');
    const saved = savedBy(planBoot(factsOf(state)));
    assert.equal(saved.slots['a']?.attempts, 5);
    assert.equal(saved.slots['a']?.cleanAttempts, 1);
  },
});

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

spec('planBoot() and what a slot really holds', {
  'makes a good slot a trial when its deployment is another one': () => {
    const base = {
      deployment: { id: 'other', version: '9' },
      device: '/dev/vda2',
      partuuid: null,
      serial: null,
      removable: false,
      notes: [],
    };
    const plan = planBoot(factsOf(stateOf({ a: good('a', { attempts: 4 }), b: good('b') }), { bases: { a: base } }));
    const slot = savedBy(plan).slots['a'];
    assert.equal(slot?.health, 'trial');
    assert.equal(slot?.attempts, 1);
    assert.equal(slot?.deployment?.id, 'other');
    assert.match(
      plan.trace.join('\n'),
      /slot a is a trial with no attempts used: it holds 9 \(other\), not the recorded 1 \(a-1\)/,
    );
  },
  'gives no identity files to a removable device that was never proven': () => {
    const base = {
      deployment: { id: 'b-2', version: '2' },
      device: '/dev/sda1',
      partuuid: null,
      serial: null,
      removable: true,
      notes: [],
    };
    const state = stateOf({ b: trial('b'), a: good('a') });
    assert.ok(!show(planBoot(factsOf(state, { bases: { b: base } }))).includes('placeIdentity'));
    const config = configOf(
      CONFIG_TEXT.replace('root = "PARTLABEL=root-b"', 'root = "PARTLABEL=root-b"\nremovable = true'),
    );
    assert.ok(show(planBoot(factsOf(state, { bases: { b: base }, config }))).includes('placeIdentity'));
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

spec('planBoot() when stage 0 has chosen', {
  'boots that slot, and reboots when it cannot be assembled': () => {
    assert.equal(chosen(PROVEN, { forcedSlot: 'b' }), 'b normal');
    const plan = planBoot(factsOf(PROVEN, { forcedSlot: 'b', failures: [failureOf('b', 'mountBase', 'content')] }));
    assert.deepEqual(show(plan), ['save slot b failed', 'reboot: slot b, which stage 0 chose, cannot be assembled']);
    assert.equal(savedBy(plan).slots['b']?.health, 'bad');
  },
});
