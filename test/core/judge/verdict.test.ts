import assert from 'node:assert/strict';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { markAlive, recordVerdict, refundCleanReboot } from '../../../src/core/judge/verdict.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, CONFIG, factsOf, good, NOW, savedBy, stateOf, trial } from '../../support/states.ts';

const PROOF = { level: 'loop', at: NOW } as const;

function running(state: BootState): RunningBoot {
  const { current } = state;
  assert.ok(current !== null);
  const deploymentId = state.slots[current.slot]?.deployment?.id ?? null;
  return { ...current, deploymentId, partuuid: 'p-1', serial: null, attemptSaved: true };
}

/** Boots `state`, and gives what was saved with what is running. */
function bootOf(state: BootState): { readonly state: BootState; readonly boot: RunningBoot } {
  const saved = savedBy(planBoot(factsOf(state)));
  return { state: saved, boot: running(saved) };
}

spec('markAlive()', {
  "clears a good slot's attempts, and not those of a trial": () => {
    const first = bootOf(stateOf({ a: good('a', { attempts: 2 }) }));
    assert.equal(markAlive(first.state, first.boot).slots['a']?.attempts, 0);
    const second = bootOf(stateOf({ b: trial('b', { attempts: 1 }), a: good('a') }));
    const alive = markAlive(second.state, second.boot);
    assert.equal(alive.slots['b']?.attempts, 2);
    assert.equal(alive.slots['b']?.best, 'alive');
    assert.equal(alive.current?.alive, true);
  },
  'changes nothing the second time': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a') }));
    const alive = markAlive(state, boot);
    assert.equal(markAlive(alive, boot), alive);
  },
  'does not clear the attempts of the normal mode in a clean boot': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a', { attempts: 5 }), b: { health: 'bad' } }));
    assert.equal(boot.mode, 'clean');
    assert.equal(markAlive(state, boot).slots['a']?.attempts, 5);
  },
});

spec('markProven()', {
  'makes a trial good, with no attempts used, and remembers what was proven where': () => {
    const { state, boot } = bootOf(stateOf({ b: trial('b', { attempts: 1 }), a: good('a') }));
    const proven = markProven(state, boot, PROOF, CONFIG);
    const slot = proven.slots['b'];
    assert.equal(slot?.health, 'good');
    assert.equal(slot?.attempts, 0);
    assert.equal(slot?.provenId, 'b-2');
    assert.equal(slot?.provenAt, NOW);
    assert.deepEqual(slot?.device, { partuuid: 'p-1', serial: null });
    assert.equal(proven.current, null);
    assert.equal(proven.history.at(-1)?.outcome, 'proven');
    assert.equal(proven.history.at(-1)?.proof, 'loop');
  },
  'gives the same state back when the boot was proven already': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a') }));
    const proven = markProven(state, boot, PROOF, CONFIG);
    assert.equal(markProven(proven, boot, PROOF, CONFIG), proven);
  },
  'refuses another boot than the recorded one': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a') }));
    assert.throws(() => markProven(state, { ...boot, bootId: 'e'.repeat(32) }, PROOF, CONFIG), /no record of boot/);
    assert.throws(() => markProven(state, { ...boot, slot: 'b' }, PROOF, CONFIG), /not in the boot state|no record/);
  },
  'accepts a boot whose attempt could not be saved': () => {
    const state = stateOf({ a: good('a'), b: good('b') });
    const boot: RunningBoot = {
      bootId: BOOT_ID,
      slot: 'b',
      attempt: null,
      mode: 'normal',
      deploymentId: 'b-1',
      partuuid: null,
      serial: null,
      attemptSaved: false,
    };
    assert.equal(markProven(state, boot, PROOF, CONFIG).slots['b']?.proofLevel, 'loop');
  },
  'judges a trial that used up its attempts: the uplink works, so it is bad': () => {
    const { state, boot } = bootOf(
      stateOf({ b: trial('b', { attempts: 3, best: 'alive', reason: 'no-tunnel: server silent' }), a: good('a') }),
    );
    const proven = markProven(state, boot, PROOF, CONFIG);
    assert.equal(proven.slots['b']?.health, 'bad');
    assert.match(
      proven.slots['b']?.reason ?? '',
      /3 attempts without a proof, while slot a proved itself.*server silent/,
    );
    assert.deepEqual(proven.order, ['a', 'b', 'r']);
  },
  'offers a trial again whose last boot met a busy server: that was not its fault': () => {
    const busy = { bootId: 'd'.repeat(32), slot: 'b', attempt: 3, mode: 'normal', outcome: 'busy' } as const;
    const history = [{ ...busy, reason: 'the port is held', startedAt: NOW, proof: null, trace: [] }];
    const { state, boot } = bootOf(
      stateOf(
        { b: trial('b', { attempts: 3, aliveAttempts: 3, best: 'alive', lately: ['busy'] }), a: good('a') },
        { history },
      ),
    );
    const slot = markProven(state, boot, PROOF, CONFIG).slots['b'];
    assert.equal(slot?.health, 'trial');
    assert.equal(slot?.attempts, 0);
    assert.match(slot?.reason ?? '', /not held against it: the server was busy/);
  },
  'blames no trial as long as nothing was ever proven': () => {
    const { state, boot } = bootOf(stateOf({ a: trial('a', { attempts: 1 }), b: trial('b') }));
    const unproven = recordVerdict(state, boot, { outcome: 'no-tunnel', reason: 'silence' });
    assert.equal(unproven.slots['a']?.health, 'trial');
  },
  'prefers a fallback when there is evidence against every slot before it': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a', { attempts: 5, evidence: 'kernel panic' }), b: good('b') }));
    assert.equal(boot.slot, 'b');
    assert.deepEqual(markProven(state, boot, PROOF, CONFIG).order, ['b', 'a', 'r']);
  },
  'keeps the order, and gives the attempts back, when nothing speaks against the slot before it': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a', { attempts: 5 }), b: good('b') }));
    const proven = markProven(state, boot, PROOF, CONFIG);
    assert.deepEqual(proven.order, ['a', 'b', 'r']);
    assert.equal(proven.slots['a']?.attempts, 0);
  },
  'leaves the order after a one-shot choice': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a', { evidence: 'panic' }), b: trial('b') }, { oneShot: 'b' }));
    const proven = markProven(state, boot, PROOF, CONFIG);
    assert.equal(proven.slots['b']?.health, 'good');
    assert.deepEqual(proven.order, ['a', 'b', 'r']);
  },
  'takes a clean boot that did without the layers for a proof of the base, and of nothing else': () => {
    const layered = { id: 'layered', version: '1 +1', base: 'base' };
    const { state, boot } = bootOf(
      stateOf({ a: good('a', { attempts: 5, deployment: layered }), b: { health: 'bad' } }),
    );
    assert.equal(boot.mode, 'clean');
    const proven = markProven(state, { ...boot, deploymentId: 'base' }, PROOF, CONFIG).slots['a'];
    const { health, deployment, provenId } = proven ?? {};
    assert.deepEqual([health, deployment?.id, deployment?.base, provenId], ['good', 'base', undefined, 'base']);
  },
  'keeps the mode of a proven clean boot, and the attempts of the normal mode': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a', { attempts: 5 }), b: { health: 'bad' } }));
    const slot = markProven(state, boot, PROOF, CONFIG).slots['a'];
    assert.equal(slot?.mode, 'clean');
    assert.equal(slot?.health, 'good');
    assert.equal(slot?.attempts, 5);
    assert.match(slot?.reason ?? '', /clean boot/);
  },
});

spec('recordVerdict()', {
  'calls a trial bad at once when a required check failed': () => {
    const { state, boot } = bootOf(stateOf({ b: trial('b'), a: good('a') }));
    const failed = recordVerdict(state, boot, { outcome: 'failed', reason: "check 'disk' failed" });
    assert.equal(failed.slots['b']?.health, 'bad');
    assert.equal(failed.slots['b']?.evidence, "check 'disk' failed");
    assert.equal(failed.current, null);
  },
  'keeps a good slot good, and remembers the evidence': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a') }));
    const failed = recordVerdict(state, boot, { outcome: 'failed', reason: "check 'disk' failed" });
    assert.equal(failed.slots['a']?.health, 'good');
    assert.equal(failed.slots['a']?.evidence, "check 'disk' failed");
  },
  'uses up the attempt of a trial without a tunnel': () => {
    const { state, boot } = bootOf(stateOf({ b: trial('b'), a: good('a') }));
    const verdict = recordVerdict(state, boot, { outcome: 'no-tunnel', reason: 'silence' });
    assert.equal(verdict.slots['b']?.attempts, 1);
    assert.equal(verdict.slots['b']?.health, 'trial');
    assert.equal(verdict.history.at(-1)?.outcome, 'no-tunnel');
  },
  'gives the attempt back for busy and clock, at most twice in a row': () => {
    let state = stateOf({ b: trial('b'), a: good('a') });
    const attempts: number[] = [];
    for (const outcome of ['busy', 'clock', 'busy'] as const) {
      const booted = savedBy(planBoot(factsOf(state, { bootId: `${attempts.length}`.repeat(32) })));
      state = recordVerdict(booted, running(booted), { outcome, reason: 'not the fault of the slot' });
      attempts.push(state.slots['b']?.attempts ?? -1);
    }
    assert.deepEqual(attempts, [0, 0, 1]);
  },
});

spec('refundCleanReboot()', {
  'gives the attempt back, twice in a row': () => {
    let state = stateOf({ b: trial('b'), a: good('a') });
    const attempts: number[] = [];
    for (let boot = 0; boot < 4; boot += 1) {
      const booted = savedBy(planBoot(factsOf(state, { bootId: `${boot}`.repeat(32) })));
      state = refundCleanReboot(booted, running(booted));
      attempts.push(state.slots['b']?.attempts ?? -1);
    }
    assert.deepEqual(attempts, [0, 0, 1, 1]);
  },
  'does nothing after the verdict': () => {
    const { state, boot } = bootOf(stateOf({ a: good('a') }));
    const proven = markProven(state, boot, PROOF, CONFIG);
    assert.equal(refundCleanReboot(proven, boot), proven);
  },
});
