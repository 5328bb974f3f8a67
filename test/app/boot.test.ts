/**
 * The interpreter: what it does in which order, how often it writes, and that every failing step has another way out.
 */
import assert from 'node:assert/strict';
import type { StateReading } from '../../src/core/state/reading.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { bootNode, type Method } from '../support/boot-node.ts';
import { CONFIG_TEXT, goodSlot, someState, trialSlot } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const TRIAL_FIRST: BootState = someState({ b: trialSlot('bbbb') }, { order: ['b', 'a', 'r'] });
const STEPS: readonly Method[] = [
  'mountBase',
  'mountLayers',
  'mountUpper',
  'assemble',
  'placeIdentity',
  'check',
  'setDeadline',
];

spec('boot()', {
  'mounts read-only, saves, then writes and enters: one write for a slot': () => {
    const { events, saves } = bootNode({ state: TRIAL_FIRST });
    assert.deepEqual(events, [
      'mountBase b',
      'save',
      'mountLayers b',
      'mountUpper b',
      'assemble b',
      'placeIdentity b',
      'check b',
      'setDeadline b',
      'enter b /sbin/init',
    ]);
    assert.equal(saves.length, 1);
  },
  'leaves slot, attempt, trace and degraded for the booted system': () => {
    const { info } = bootNode({ state: TRIAL_FIRST });
    assert.deepEqual([info?.slot, info?.attempt, info?.mode], ['b', 1, 'normal']);
    assert.equal(info?.deploymentId, 'bbbb');
    assert.equal(info?.attemptSaved, true);
    assert.deepEqual(info?.degraded, ['the upper is in memory']);
    assert.deepEqual(info?.trace, ['slot b is chosen: trial, 0 of 3 attempts used']);
  },
  'has another way out of every step that fails, with at most one write for each slot': () => {
    for (const method of STEPS) {
      for (const code of ['IO', 'CONTENT', 'ABSENT'] as const) {
        const { result, events, saves } = bootNode({ state: TRIAL_FIRST }, { fail: { [`${method} b`]: code } });
        assert.deepEqual(result, { kind: 'entered', slot: 'a' }, `${method} ${code}`);
        assert.ok(events.indexOf('release b') < events.indexOf('mountBase a'), events.join(', '));
        assert.ok(saves.length <= 2, `${saves.length} writes`);
        assert.equal(saves.at(-1)?.slots['b']?.attempts, 1);
      }
    }
  },
  'ends in rescue, with the round counted, when every slot fails at any step': () => {
    // A clean boot does without layers.
    for (const method of STEPS.filter((each) => each !== 'mountLayers')) {
      const fail = { [`${method} a`]: 'IO', [`${method} b`]: 'IO', [`${method} r`]: 'IO' } as const;
      const { result, saves } = bootNode({ state: TRIAL_FIRST }, { fail });
      assert.equal(result.kind, 'rescue', method);
      assert.equal(saves.at(-1)?.round.number, 1);
    }
  },
  'leaves the identity, boot.json and the time for a rescue that is configured, doubled in the next round': () => {
    const fail = { 'mountBase a': 'IO', 'mountBase b': 'IO', 'mountBase r': 'IO', 'bringIdentity r': 'IO' } as const;
    const config = `${CONFIG_TEXT}[rescue]\ntime = "10min"\n`;
    const state = { ...TRIAL_FIRST, round: { number: 1, clean: [], recovery: [] } };
    const { events, info, result } = bootNode({ state, config }, { fail });
    assert.equal(result.kind, 'rescue');
    assert.ok(events.includes('rescue 1200: nothing is left to boot in this round'), events.join('\n'));
    assert.deepEqual([info?.mode, info?.slot], ['rescue', null]);
    assert.match(info?.degraded.join() ?? '', /cannot bring the identity into rescue: bringIdentity broke/);
    assert.equal(bootNode({ state }, { fail }).info, null);
    const unsaved = bootNode({ state, config }, { fail, failSaves: true });
    assert.match(unsaved.events.join('\n'), /rescue 600 unsaved: /);
  },
  'doubles the time of a rescue that the ladder asks for with each of its rounds': () => {
    const config = `${CONFIG_TEXT}[rescue]\ntime = "10min"\n`;
    const next = { purpose: 'rescue', slot: null, clean: false } as const;
    const ask = (round: number) => ({ ...TRIAL_FIRST, ladder: { round, taken: [], slots: [], clean: [], next } });
    const times = [0, 1, 2].map((round) => bootNode({ state: ask(round), config }).events.join());
    assert.deepEqual(
      times.map((each) => /rescue (\d+): no slot finds the tunnel/.exec(each)?.[1]),
      ['600', '1200', '2400'],
    );
  },
  'waits once for all devices: a disk that is gone is gone for each slot on it': () => {
    const fail = { 'mountBase a': 'ABSENT', 'mountBase b': 'ABSENT', 'mountBase r': 'ABSENT' } as const;
    const { result, waits } = bootNode({ state: TRIAL_FIRST }, { fail });
    assert.equal(result.kind, 'rescue');
    assert.deepEqual([waits[0], new Set(waits.slice(1))], [30, new Set([0])]);
  },
  'saves the attempt for what the slot really holds': () => {
    const state = someState({ a: goodSlot('aaaa', { attempts: 4 }) });
    const { saves } = bootNode({ state }, { holds: { a: 'written-by-dd' } });
    assert.equal(saves.length, 1);
    assert.equal(saves[0]?.slots['a']?.health, 'trial');
    assert.equal(saves[0]?.slots['a']?.attempts, 1);
  },
  'enters a proven slot, and no trial, when the attempt cannot be saved': () => {
    const { result, events, info } = bootNode({ state: TRIAL_FIRST }, { failSaves: true });
    assert.deepEqual(result, { kind: 'entered', slot: info?.slot });
    assert.notEqual(info?.slot, 'b');
    assert.equal(info?.attemptSaved, false);
    assert.ok(!events.includes('mountUpper b'));
  },
  'boots, and writes nothing, for every state that cannot be written': () => {
    const readings: readonly StateReading[] = [
      { kind: 'absent', why: 'no device' },
      { kind: 'unreadable', why: 'an I/O error' },
      { kind: 'tooNew', major: 2, why: 'format 2' },
    ];
    for (const reading of readings) {
      const { result, saves, info } = bootNode({ reading });
      assert.equal(result.kind, 'entered', reading.kind);
      assert.equal(saves.length, 0);
      assert.match(info?.degraded.join() ?? '', /attempt of this boot is not in the boot state/);
    }
  },
  'begins anew for a state that is blank or corrupt': () => {
    for (const kind of ['blank', 'corrupt'] as const) {
      const { result, saves } = bootNode({ reading: { kind, why: 'no valid record' } });
      assert.deepEqual(result, { kind: 'entered', slot: 'a' });
      assert.equal(saves.length, 1);
    }
  },
});
