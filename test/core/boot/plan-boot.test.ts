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
      'mountLayers',
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
