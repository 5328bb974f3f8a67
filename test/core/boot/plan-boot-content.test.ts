/**
 * Decisions about what slots really hold, and about a stage 0 that has chosen already.
 */
import assert from 'node:assert/strict';
import type { FoundBase } from '../../../src/core/boot/facts.ts';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG_TEXT, configOf, factsOf, good, savedBy, show, stateOf, trial } from '../../support/states.ts';

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
  'lays no upper over an OSTree deployment, binds nothing over its /var, and counts it like any other': () => {
    const text = CONFIG_TEXT.replace('[slots.a]', '[slots.a]\nostree = "debian"');
    const config = configOf(`${text}\n[[persist]]\npath = "/var"\n`);
    const plan = planBoot(factsOf(stateOf({ a: trial('a'), b: good('b') }), { config }));
    assert.deepEqual(show(plan).slice(0, 3), ['mount a', 'save slot a: attempt 1', 'upper persistent']);
    const upper = plan.steps.find((step) => step.do === 'mountUpper');
    assert.equal(upper?.upperId, null);
    assert.equal(
      plan.steps.some((step) => step.do === 'bindPersistent'),
      false,
    );
    assert.equal(plan.steps.find((step) => step.do === 'mountBase')?.ostree, 'debian');
  },
  'gives no identity files to a strange stick that answers to the name of a proven slot': () => {
    const base: FoundBase = {
      deployment: { id: 'evil', version: null },
      device: '/dev/sdb1',
      partuuid: 'p-9',
      serial: 's-9',
      removable: true,
      notes: [],
    };
    const slot = good('a', { device: { partuuid: 'p-1', serial: 's-1' } });
    const state = stateOf({ a: slot, b: good('b') });
    const places = (found: FoundBase) =>
      show(planBoot(factsOf(state, { bases: { a: found } }))).includes('placeIdentity');
    assert.equal(places(base), false);
    assert.equal(places({ ...base, partuuid: 'p-1', serial: 's-1' }), false);
    assert.equal(places({ ...base, deployment: { id: 'a-1', version: null } }), false);
    assert.equal(places({ ...base, deployment: { id: 'a-1', version: '1' }, partuuid: 'p-1', serial: 's-1' }), true);
  },
  'never lets two slots share an upper, even with the same image': () => {
    const same = { deployment: { id: 'same', version: '1' } };
    const upperOf = (slot: string) => {
      const plan = planBoot(factsOf(stateOf({ a: good('a', same), b: good('b', same) }, { oneShot: slot })));
      const step = plan.steps.find((candidate) => candidate.do === 'mountUpper');
      return step?.upperId;
    };
    assert.notEqual(upperOf('a'), upperOf('b'));
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

spec('planBoot() when stage 0 has chosen', {
  'boots that slot, and reboots when it cannot be assembled': () => {
    assert.equal(chosen(PROVEN, { forcedSlot: 'b' }), 'b normal');
    const plan = planBoot(factsOf(PROVEN, { forcedSlot: 'b', failures: [failureOf('b', 'mountBase', 'content')] }));
    assert.deepEqual(show(plan), ['save slot b failed', 'reboot: slot b, which stage 0 chose, cannot be assembled']);
    assert.equal(savedBy(plan).slots['b']?.health, 'bad');
  },
  'does not follow it for ever: a slot that is bad or used up gives way': () => {
    const plan = planBoot(factsOf(stateOf({ a: good('a'), b: { health: 'bad' } }), { forcedSlot: 'b' }));
    assert.equal(plan.slot, 'a');
    assert.match(
      plan.trace.join('\n'),
      /stage 0 chose slot b, which is bad, 0 of 3 attempts used; choosing without it/,
    );
    assert.equal(chosen(stateOf({ a: good('a'), b: trial('b', { attempts: 3 }) }), { forcedSlot: 'b' }), 'a normal');
  },
  'reaches another slot within the limit when its device is gone': () => {
    let state = PROVEN;
    const ends: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      const bootId = `${count}`.repeat(32);
      const first = planBoot(factsOf(state, { bootId, forcedSlot: 'b' }));
      const failures = first.slot === 'b' ? [failureOf('b', 'mountBase', 'absent')] : [];
      const plan = planBoot(factsOf(state, { bootId, forcedSlot: 'b', failures }));
      ends.push(plan.slot ?? plan.steps.at(-1)?.do ?? '');
      state = savedBy(plan);
    }
    assert.deepEqual(ends, ['reboot', 'reboot', 'reboot', 'reboot', 'reboot', 'a', 'a']);
  },
  'never reboots in a loop that nothing counts': () => {
    const failures = [failureOf('b', 'mountBase', 'absent')];
    assert.equal(chosen(PROVEN, { forcedSlot: 'b', failures, stateUnwritable: 'read-only medium' }), 'a normal');
  },
});
