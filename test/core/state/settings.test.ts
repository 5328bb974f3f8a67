/** A setting of the boot state is on trial: what no boot was proven with goes when a round is over. */
import assert from 'node:assert/strict';
import { countAttempt, startRound } from '../../../src/core/boot/count-attempt.ts';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import { askForBoot } from '../../../src/core/ladder/take-rung.ts';
import { examineState } from '../../../src/core/operate/examine-state.ts';
import { explainTunnel } from '../../../src/core/operate/explain-tunnel.ts';
import { setValue } from '../../../src/core/operate/set-value.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, CONFIG, factsOf, good, NOW, savedBy, stateOf, valid } from '../../support/states.ts';

const AB = stateOf({ a: good('a'), b: good('b') });
const BOOT = {
  bootId: BOOT_ID,
  slot: 'a',
  attempt: 1,
  mode: 'normal',
  deploymentId: 'a-1',
  partuuid: null,
  serial: null,
  attemptSaved: true,
} as const;

const set = (state: BootState, key: string, value: string) => setValue(state, key, value).state;
const booted = (state: BootState) =>
  countAttempt(state, { slot: 'a', mode: 'normal', turn: 'order', why: '' }, factsOf(state), []).state;
const proven = (state: BootState) => markProven(state, BOOT, { level: 'loop', at: NOW }, CONFIG);
const SHORT = set(AB, 'watchdog.timeout', '10s');

spec('settings of the boot state', {
  'are taken away by default, and by none where that is no value': () => {
    assert.equal(set(SHORT, 'watchdog.timeout', 'none').settings, undefined);
    assert.deepEqual(set(AB, 'upper.kind', 'none').settings, { 'upper.kind': 'none' });
    assert.equal(set(set(AB, 'upper.kind', 'none'), 'upper.kind', 'default').settings, undefined);
  },
  'hold while a round goes on': () => {
    assert.deepEqual(savedBy(planBoot(factsOf(SHORT))).settings, { 'watchdog.timeout': '10s' });
  },
  'go back to none when nothing could be proven with the first one, and the record of the round says so': () => {
    const next = startRound(booted(SHORT), factsOf(SHORT), 'nothing is left');
    assert.equal(next.settings, undefined);
    assert.match(
      next.history.at(-1)?.reason ?? '',
      /nothing is left; no boot with the setting watchdog\.timeout = 10s/,
    );
  },
  'go back to those of the last proof, also when one was taken away': () => {
    const held = proven(booted(set(AB, 'attempts.good', '7')));
    assert.deepEqual(held.provenSettings, { 'attempts.good': '7' });
    const changed = set(set(held, 'attempts.good', 'none'), 'upper.kind', 'tmpfs');
    const next = startRound(booted(changed), factsOf(changed), 'end');
    assert.deepEqual(next.settings, { 'attempts.good': '7' });
    assert.match(next.settingsNote ?? '', /attempts\.good = default, upper\.kind = tmpfs was proven/);
  },
  'go back when the ladder ends a round, on the way home': () => {
    const taken = { rungs: [], running: 'a', at: NOW };
    const home = { purpose: 'return', slot: 'b', clean: false } as const;
    assert.equal(askForBoot(SHORT, home, taken).settings, undefined);
    const other = { purpose: 'other', slot: 'b', clean: false } as const;
    assert.deepEqual(askForBoot(SHORT, other, taken).settings, { 'watchdog.timeout': '10s' });
  },
  'stay where a boot with them was proven': () => {
    const held = proven(booted(SHORT));
    assert.deepEqual(startRound(held, factsOf(held), 'end').settings, { 'watchdog.timeout': '10s' });
    assert.equal(startRound(held, factsOf(held), 'end').settingsNote, undefined);
  },
  'are not proven by a boot that was entered without them': () => {
    assert.deepEqual(proven(set(booted(AB), 'upper.kind', 'tmpfs')).provenSettings, {});
  },
  'are proven by a late proof, too': () => {
    const late = { ...booted(SHORT), current: null };
    assert.deepEqual(proven(late).provenSettings, { 'watchdog.timeout': '10s' });
  },
  'of an older release are left alone until a proof has written down what they were': () => {
    const { provenSettings: _, ...older } = SHORT;
    assert.deepEqual(startRound(older, factsOf(older), 'end').settings, { 'watchdog.timeout': '10s' });
    assert.deepEqual(proven(booted(older)).provenSettings, { 'watchdog.timeout': '10s' });
  },
  'are told by why and doctor until an operator sets something': () => {
    const state = startRound(SHORT, factsOf(SHORT), 'end');
    assert.match(
      explainTunnel(state, null, CONFIG).join('\n'),
      /watchdog\.timeout = 10s was proven, so it was taken back/,
    );
    const facts = { place: 'x', reading: valid(state), unwritable: null };
    assert.equal(examineState(facts).filter(({ subject }) => subject === 'settings').length, 1);
    assert.equal(set(state, 'attempts.good', '6').settingsNote, undefined);
  },
  'survive the record': () => {
    const state = startRound(proven(booted(SHORT)), factsOf(SHORT), 'end');
    const open = booted(set(state, 'upper.kind', 'tmpfs'));
    const read = parseState(formatState(open));
    assert.ok('state' in read);
    assert.deepEqual(read.state, JSON.parse(JSON.stringify(open)));
  },
});
