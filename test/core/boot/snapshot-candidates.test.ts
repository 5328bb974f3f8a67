/** Kept snapshots as the last thing that a boot, or the ladder, tries before rescue. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { listCandidates } from '../../../src/core/boot/candidates.ts';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import {
  BOOTABLE_SNAPSHOTS,
  forgetSnapshot,
  provenSnapshots,
  recordSnapshot,
  withSnapshots,
} from '../../../src/core/boot/snapshot-slots.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { nextSnapshot } from '../../../src/core/ladder/where-to.ts';
import { type BootState, withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, CONFIG, factsOf, good, savedBy, stateOf } from '../../support/states.ts';

interface Kept {
  readonly number: number;
  readonly at: string | null;
  readonly isProven?: boolean;
}

const TIMES = ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'] as const;

function keep(state: BootState, { number, at, isProven = true }: Kept): BootState {
  const proof = isProven ? ({ at, level: 'loop' } as const) : null;
  return recordSnapshot(state, { number, slot: 'a', deployment: { id: `s-${number}`, version: null }, proof });
}

const bad = { health: 'bad', reason: 'x' } as const;
const LOST = stateOf({ a: good('a', bad), b: good('b', bad), r: good('r', bad) });
/** Every slot is bad, and had its clean boot and its turn in this round. */
const WORN: BootState = { ...LOST, round: { number: 0, clean: ['a', 'b'], recovery: ['r'] } };

function candidates(state: BootState): readonly string[] {
  const facts = factsOf(state, { config: withSnapshots(CONFIG, state) });
  return listCandidates(state, facts).map(({ slot, turn }) => `${slot} ${turn}`);
}

const kept: fc.Arbitrary<readonly Kept[]> = fc.uniqueArray(
  fc.record({
    number: fc.integer({ min: 1, max: 20 }),
    at: fc.option(fc.constantFrom(...TIMES), { nil: null }),
    isProven: fc.boolean(),
  }),
  { selector: ({ number }) => number, maxLength: 8 },
);

spec('kept snapshots', {
  'come after recovery, the newest proof first': () => {
    const state = [
      { number: 1, at: TIMES[1] },
      { number: 2, at: TIMES[0] },
      { number: 3, at: TIMES[2] },
    ].reduce(keep, LOST);
    const all = candidates(state);
    assert.deepEqual(all.slice(-4), ['r recovery', 's3 snapshot', 's1 snapshot', 's2 snapshot']);
    assert.deepEqual(candidates([{ number: 1, at: TIMES[1] }].reduce(keep, WORN)), ['s1 snapshot']);
  },
  'are never tried without a proof of what they hold, and never again in a round, nor when they are bad': () => {
    fc.assert(
      fc.property(kept, fc.subarray(['s1', 's2', 's3']), (all, tried) => {
        const state = { ...all.reduce(keep, WORN), round: { ...WORN.round, snapshots: tried } };
        const names = candidates(state).map((line) => line.split(' ')[0]);
        assert.equal(new Set(names).size, names.length);
        for (const name of names) {
          const slot = state.slots[name ?? ''];
          assert.ok(slot?.snapshotOf === 'a' && slot.provenId === slot.deployment?.id);
          assert.ok(!tried.includes(name ?? ''));
        }
        const times = names.map((name) => state.slots[name ?? '']?.provenAt ?? '');
        assert.deepEqual(times, times.toSorted().reverse());
        const first = names[0];
        if (first !== undefined)
          assert.ok(
            !candidates(withSlot(state, first, bad))
              .join()
              .includes(`${first} `),
          );
      }),
      { seed: 20261122, numRuns: 1000 },
    );
  },
  'have one boot each, counted, before the round is over': () => {
    let state = [
      { number: 1, at: TIMES[1] },
      { number: 2, at: TIMES[0] },
    ].reduce(keep, WORN);
    const tried: (string | undefined)[] = [];
    for (let boot = 1; boot <= 2; boot += 1) {
      const config = withSnapshots(CONFIG, state);
      const bootId = String(boot).repeat(32);
      state = savedBy(planBoot(factsOf(state, { config, bootId, bases: {} })));
      tried.push(state.current?.slot);
      assert.equal(state.slots[state.current?.slot ?? '']?.attempts, 1);
    }
    assert.deepEqual(tried, ['s1', 's2']);
  },
  'are few in the state: the oldest proofs and what was never proven make room, but nothing that somebody chose':
    () => {
      fc.assert(
        fc.property(kept, (all) => {
          const state = all.reduce(keep, LOST);
          assert.ok(provenSnapshots(state).length <= BOOTABLE_SNAPSHOTS + 1);
          const names = Object.keys(state.slots).filter((name) => state.slots[name]?.snapshotOf !== undefined);
          assert.ok(names.length <= BOOTABLE_SNAPSHOTS + 1);
          const last = all.at(-1);
          if (last !== undefined) assert.ok(names.includes(`s${last.number}`));
        }),
        { seed: 20261122, numRuns: 1000 },
      );
      const chosen = { ...keep(LOST, { number: 1, at: null, isProven: false }), oneShot: 's1' };
      assert.ok(keep(chosen, { number: 2, at: TIMES[0] }).slots['s1'] !== undefined);
      assert.equal(forgetSnapshot(chosen, 's1').oneShot, null);
    },
  "are the ladder's rung before rescue: the newest proof that it has not tried": () => {
    const state = [
      { number: 1, at: TIMES[1] },
      { number: 2, at: TIMES[0] },
    ].reduce(keep, LOST);
    const config = withSnapshots(CONFIG, state);
    const from = (slot: string, slots: readonly string[] = []) =>
      nextSnapshot({ ...state, ladder: { ...state.ladder, slots } }, runs(slot), config);
    assert.deepEqual([from('a'), from('s1'), from('a', ['s1']), from('a', ['s1', 's2'])], ['s1', 's2', 's2', 's1']);
    assert.equal(nextSnapshot(LOST, runs('a'), CONFIG), null);
  },
  'are preferred once one has proven itself where every slot is condemned, and only then': () => {
    const prove = (before: BootState): readonly string[] => {
      const boot = { bootId: BOOT_ID, slot: 's1', attempt: 1, mode: 'normal', turn: 'snapshot' } as const;
      const record = { ...boot, outcome: 'running', reason: null, startedAt: null, proof: null, trace: [] } as const;
      const state = {
        ...keep(before, { number: 1, at: TIMES[0] }),
        current: { ...boot, alive: true },
        history: [record],
      };
      return markProven(state, runs('s1'), { level: 'loop', at: TIMES[2] }, withSnapshots(CONFIG, state)).order;
    };
    assert.deepEqual(prove(LOST), ['s1', 'a', 'b', 'r']);
    assert.deepEqual(prove(withSlot(LOST, 'b', good('b'))), ['a', 'b', 'r']);
  },
});

function runs(slot: string): RunningBoot {
  const nothing = { deploymentId: null, partuuid: null, serial: null };
  return { bootId: BOOT_ID, slot, attempt: 1, mode: 'normal', ...nothing, attemptSaved: true };
}
