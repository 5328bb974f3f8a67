import assert from 'node:assert/strict';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import type { TunnelSample } from '../../../src/core/judge/sample.ts';
import { freshMemory, noteLook, type TendMemory } from '../../../src/core/ladder/link.ts';
import { planTend, type TendAction, type TendFacts } from '../../../src/core/ladder/plan-tend.ts';
import { NO_LADDER } from '../../../src/core/ladder/rungs.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, CONFIG_TEXT, configOf, good, stateOf, trial } from '../../support/states.ts';

const TUNNEL = '[tunnel]\nhost = "h"\nuser = "u"\nforward = "0:localhost:22"\n';
const CONFIG = configOf(`${CONFIG_TEXT}${TUNNEL}`);
const WITH_RESCUE = configOf(`${CONFIG_TEXT}${TUNNEL}[rescue]\n`);
const NONE: TunnelSample = { kind: 'unproven', why: 'no ssh master' };
const GOOD: TunnelSample = { kind: 'proven', level: 'loop', notes: [] };

function runningOn(slot: string, mode: 'normal' | 'clean' = 'normal'): RunningBoot {
  const deploymentId = `${slot}-1`;
  return { bootId: BOOT_ID, slot, attempt: 1, mode, deploymentId, partuuid: null, serial: null, attemptSaved: true };
}

const STATE = stateOf({
  a: good('a', { provenAt: '2026-11-21T12:00:00Z' }),
  b: good('b', { provenAt: '2026-11-20T12:00:00Z' }),
  r: good('r', { provenAt: '2026-11-19T12:00:00Z' }),
});

function facts(away: number, change: Partial<TendFacts> = {}): TendFacts {
  const memory: TendMemory = { ...freshMemory(away), looks: [{ at: away, good: false }] };
  const common = { config: CONFIG, memory, sample: NONE, verdict: 'proven', boot: runningOn('a'), state: STATE };
  return { ...common, visitedAt: null, ...change };
}

function show(action: TendAction): string {
  if (action.do !== 'boot') return action.do;
  const { purpose, slot, clean } = action.next;
  return `${purpose}: boot ${slot ?? 'rescue'}${clean ? ' clean' : ''}`;
}

const plan = (away: number, change: Partial<TendFacts> = {}) => show(planTend(facts(away, change)));
const ladder = (taken: readonly string[], round = 0) => ({
  state: { ...STATE, ladder: { ...NO_LADDER, round, taken: taken as TendMemory['taken'] } },
});
const after =
  (...taken: TendMemory['taken']) =>
  (away: number) => ({ memory: { ...facts(away).memory, taken } });

spec('planTend() while the tunnel is away', {
  'waits for the verdict of the boot': () => assert.equal(plan(10_000, { verdict: null }), 'nothing'),
  'restarts the tunnel after a quarter of an hour, and not before': () => {
    assert.equal(plan(899), 'nothing');
    assert.equal(plan(900), 'restartTunnel');
  },
  'restarts the services of the network after half an hour': () => {
    assert.equal(plan(1799, after('tunnel')(1799)), 'nothing');
    assert.equal(plan(1800, after('tunnel')(1800)), 'restartNetwork');
  },
  'takes the rungs in their order, however late it is': () => {
    assert.equal(plan(90_000), 'restartTunnel');
    assert.equal(plan(90_000, after('tunnel')(90_000)), 'restartNetwork');
    assert.equal(plan(90_000, after('tunnel', 'network')(90_000)), 'reboot: boot a');
  },
  'then reboots, boots clean, tries another proven slot and the recovery slot': () => {
    const done = ['tunnel', 'network', 'reboot'];
    assert.equal(plan(3399, ladder(done)), 'nothing');
    assert.equal(plan(3400, ladder(done)), 'clean: boot a clean');
    assert.equal(plan(3500, { ...ladder([...done, 'clean']), boot: runningOn('a', 'clean') }), 'other: boot b');
    assert.equal(plan(3500, { ...ladder([...done, 'clean', 'other']), boot: runningOn('b') }), 'recovery: boot r');
  },
  'ends with rescue where it is configured': () => {
    const all = ['tunnel', 'network', 'reboot', 'clean', 'other', 'recovery'];
    const on = { ...ladder(all), boot: runningOn('r') };
    assert.equal(plan(3500, { ...on, config: WITH_RESCUE }), 'rescue: boot rescue');
    assert.equal(plan(3500, on), 'return: boot a');
  },
  'goes back to the slot that proved itself last after a round, and ends the round where it is there already': () => {
    const all = ladder(['tunnel', 'network', 'reboot', 'clean', 'other', 'recovery']);
    assert.equal(plan(3499, { ...all, boot: runningOn('r') }), 'nothing');
    assert.equal(plan(3500, { ...all, boot: runningOn('r') }), 'return: boot a');
    assert.equal(plan(3500, { ...all, boot: runningOn('a') }), 'endRound');
  },
  'begins each later round after a pause that doubles': () => {
    const hour = 3600;
    assert.equal(plan(6 * hour + 899, ladder([], 1)), 'nothing');
    assert.equal(plan(6 * hour + 900, ladder([], 1)), 'restartTunnel');
    assert.equal(plan(12 * hour + 899, ladder([], 2)), 'nothing');
    assert.equal(plan(12 * hour + 900, ladder([], 2)), 'restartTunnel');
    assert.equal(plan(7 * 24 * hour + 900, ladder([], 40)), 'restartTunnel');
    const underWay = ladder(['tunnel', 'network', 'reboot'], 2);
    assert.equal(plan(3400, underWay), 'clean: boot a clean', 'once it is under way its times are its own');
  },
  'leaves out what would change nothing': () => {
    const config = configOf(`${CONFIG_TEXT.replace(/\[upper\][^[]*/, '[upper]\nkind = "tmpfs"\n')}${TUNNEL}`);
    assert.equal(plan(4000, { ...ladder(['tunnel', 'network', 'reboot']), config }), 'other: boot b');
    assert.equal(
      plan(4000, { ...ladder(['tunnel', 'network', 'reboot']), boot: runningOn('a', 'clean') }),
      'other: boot b',
    );
    const alone = stateOf({ a: good('a'), b: { health: 'empty' }, r: { health: 'empty' } });
    const taken = ['tunnel', 'network', 'reboot', 'clean'] as const;
    assert.equal(plan(4000, { state: { ...alone, ladder: { ...NO_LADDER, taken } } }), 'endRound');
    const set = { ...alone, settings: { 'upper.kind': 'tmpfs' }, ladder: { ...NO_LADDER, taken } };
    assert.equal(plan(4000, { state: set }), 'return: boot a', 'only a boot is rid of what was set and never proven');
  },
  'sends the node to a slot that is not proven only after a full round': () => {
    const state = stateOf({ a: good('a'), b: trial('b'), r: { health: 'bad' } });
    const taken = ['tunnel', 'network', 'reboot', 'clean'] as const;
    assert.equal(plan(9000, { state: { ...state, ladder: { ...NO_LADDER, taken } } }), 'endRound');
    assert.equal(plan(9000, { state: { ...state, ladder: { ...NO_LADDER, round: 1, taken } } }), 'other: boot b');
    const later = { ...NO_LADDER, round: 1, taken: [...taken, 'other'] } as const;
    assert.equal(plan(9000, { state: { ...state, ladder: later } }), 'recovery: boot r');
  },
  'follows times and counts of the configuration': () => {
    const config = configOf(
      `${CONFIG_TEXT}${TUNNEL}[tend.tunnel]\nafter = "2min"\ncount = 2\n[tend.network]\ncount = 0\n[tend.reboot]\nafter = "5min"\n`,
    );
    assert.equal(plan(120, { config }), 'restartTunnel');
    assert.equal(plan(120, { config, ...after('tunnel')(120) }), 'restartTunnel');
    assert.equal(plan(299, { config, ...after('tunnel', 'tunnel')(299) }), 'nothing');
    assert.equal(plan(300, { config, ...after('tunnel', 'tunnel')(300) }), 'reboot: boot a');
  },
  'only restarts services, and reboots once in a long while, when there is no state to write': () => {
    assert.equal(plan(900, { state: null }), 'restartTunnel');
    assert.equal(plan(3400, { state: null, ...after('tunnel', 'network')(3400) }), 'nothing');
    assert.equal(plan(6 * 3600, { state: null, ...after('tunnel', 'network')(6 * 3600) }), 'reboot');
    assert.equal(plan(6 * 3600, { boot: null, state: null, ...after('tunnel', 'network')(6 * 3600) }), 'reboot');
  },
});

spec('planTend() when the tunnel answers', {
  'proves a boot that had its verdict without it, once it was held': () => {
    let memory = freshMemory(900);
    const shown: string[] = [];
    for (let minute = 0; minute < 4; minute += 1) {
      memory = noteLook(memory, { at: 900 + minute * 60, good: true });
      shown.push(show(planTend(facts(0, { memory, sample: GOOD, verdict: 'no-tunnel' }))));
    }
    assert.deepEqual(shown, ['nothing', 'nothing', 'prove', 'prove']);
  },
  'does not prove it when an operator judged it bad': () => {
    const history = [
      {
        bootId: BOOT_ID,
        slot: 'a',
        attempt: 1,
        mode: 'normal',
        outcome: 'failed',
        reason: 'x',
        startedAt: null,
        proof: null,
        trace: [],
      },
    ] as const;
    const state = { ...stateOf({ a: { health: 'bad' }, b: good('b') }), history };
    const memory = [0, 60, 120].reduce((all, at) => noteLook(all, { at, good: true }), freshMemory(900));
    assert.equal(show(planTend(facts(0, { memory, sample: GOOD, verdict: 'failed', state }))), 'nothing');
  },
  'offers a held trial again when the tunnel has been back for an hour': () => {
    const state = stateOf({ b: trial('b', { held: 'an outage' }), a: good('a') });
    const at = (seconds: number) => {
      const memory = { ...freshMemory(0), healthySince: 1000, looks: [{ at: 1000 + seconds, good: true }] };
      return planTend(facts(0, { memory, sample: GOOD, state }));
    };
    assert.equal(show(at(3599)), 'nothing');
    assert.deepEqual(at(3600), { do: 'offer', slots: ['b'], why: 'the tunnel has been back for 60 min' });
  },
  'forgets the ladder and the outage when nothing else is left of them': () => {
    const memory = { ...freshMemory(0), healthySince: 0, looks: [{ at: 60, good: true }] };
    const state = { ...STATE, ladder: { ...NO_LADDER, round: 1 } };
    assert.equal(show(planTend(facts(0, { memory, sample: GOOD, state }))), 'forget');
    assert.equal(show(planTend(facts(0, { memory, sample: GOOD }))), 'nothing');
  },
});
