import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import { offerAgain } from '../../../src/core/judge/outage.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { markAlive, recordVerdict, staysAfterVerdict } from '../../../src/core/judge/verdict.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, factsOf, good, NOW, savedBy, stateOf, trial } from '../../support/states.ts';

const PROOF = { level: 'loop', at: NOW } as const;
const SILENCE = { outcome: 'no-tunnel', reason: 'the server is silent' } as const;

/** A node that boots again and again; `log` tells which slot, and how it ended. */
class Node {
  state: BootState;
  boots = 0;
  readonly log: string[] = [];

  constructor(state: BootState) {
    this.state = state;
  }

  boot(): RunningBoot {
    this.boots += 1;
    const plan = planBoot(factsOf(this.state, { bootId: this.boots.toString(16).padStart(32, '0') }));
    this.state = savedBy(plan);
    const { current } = this.state;
    assert.ok(current !== null, plan.trace.join('; '));
    const deploymentId = this.state.slots[current.slot]?.deployment?.id ?? null;
    return { ...current, deploymentId, partuuid: null, serial: null, attemptSaved: true };
  }

  /** One boot, as `ending` says. @returns whether the node stays on it */
  live(ending: 'proven' | 'silent' | 'dead' | 'busy'): boolean {
    const boot = this.boot();
    this.log.push(`${boot.slot} ${ending}`);
    if (ending === 'dead') return false;
    this.state = markAlive(this.state, boot);
    if (ending === 'proven') {
      this.state = markProven(this.state, boot, PROOF, CONFIG);
      return true;
    }
    const verdict = ending === 'busy' ? ({ outcome: 'busy', reason: 'the port is held' } as const) : SILENCE;
    const stays = staysAfterVerdict(this.state, boot, verdict);
    this.state = recordVerdict(this.state, boot, verdict, NOW);
    return stays;
  }

  slot(name: string) {
    const slot = this.state.slots[name];
    assert.ok(slot !== undefined);
    return slot;
  }
}

const onTrial = () => new Node(stateOf({ b: trial('b'), a: good('a'), r: good('r') }));

spec('a trial without a tunnel', {
  'uses up its attempts, then the good slot is asked; it proves itself, so the trial is bad': () => {
    const node = onTrial();
    for (let attempt = 0; attempt < 3; attempt += 1) assert.equal(node.live('silent'), false);
    assert.equal(node.live('proven'), true);
    assert.deepEqual(node.log, ['b silent', 'b silent', 'b silent', 'a proven']);
    assert.equal(node.slot('b').health, 'bad');
    assert.match(node.slot('b').reason ?? '', /3 attempts without a proof, while slot a proved itself.*is silent/);
  },
  'stays untested when the good slot has no tunnel either: its attempts come back, and the node stays': () => {
    const node = onTrial();
    for (let attempt = 0; attempt < 3; attempt += 1) node.live('silent');
    assert.equal(node.live('silent'), true);
    assert.deepEqual([node.slot('b').health, node.slot('b').attempts], ['trial', 0]);
    assert.deepEqual(node.state.outage, { since: NOW, slot: 'a' });
    assert.equal(node.state.history.at(-1)?.outcome, 'outage');
    assert.match(
      node.state.history.at(-1)?.reason ?? '',
      /is silent; slot b had no tunnel either, so this is an outage/,
    );
  },
  'is not offered again by power cuts in the outage: no flipping': () => {
    const node = onTrial();
    for (let boot = 0; boot < 12; boot += 1) node.live(boot % 3 === 2 ? 'dead' : 'silent');
    assert.deepEqual(new Set(node.log.slice(3).map((line) => line[0])), new Set(['a']));
    assert.equal(node.slot('b').health, 'trial');
    assert.match(planBoot(factsOf(node.state)).trace.at(-1) ?? '', /slot a is chosen/);
  },
  'is offered again once the tunnel has been back for a while, and can be blamed then': () => {
    const node = onTrial();
    for (const ending of ['silent', 'silent', 'silent', 'silent', 'proven'] as const) node.live(ending);
    assert.equal(node.state.outage, null);
    node.live('proven');
    assert.equal(node.log.at(-1), 'a proven', 'not yet');
    node.state = offerAgain(node.state);
    for (const ending of ['silent', 'silent', 'silent', 'proven'] as const) node.live(ending);
    assert.deepEqual(node.log.slice(-4), ['b silent', 'b silent', 'b silent', 'a proven']);
    assert.equal(node.slot('b').health, 'bad');
  },
  'is booted in the outage when no other slot is left': () => {
    const node = onTrial();
    for (let boot = 0; boot < 4; boot += 1) node.live('silent');
    node.state = { ...node.state, slots: { ...node.state.slots, a: { ...node.slot('a'), health: 'bad' } } };
    node.live('proven');
    assert.equal(node.log.at(-1), 'b proven');
  },
  'that never came alive is bad, outage or not': () => {
    const node = onTrial();
    for (const ending of ['dead', 'dead', 'dead', 'silent'] as const) node.live(ending);
    assert.equal(node.slot('b').health, 'bad');
    assert.match(node.slot('b').reason ?? '', /none of 3 attempts came alive/);
    assert.equal(node.state.history.at(-1)?.outcome, 'no-tunnel');
  },
  'gets back only the attempts that came alive': () => {
    const node = onTrial();
    for (const ending of ['silent', 'dead', 'silent', 'silent'] as const) node.live(ending);
    assert.deepEqual([node.slot('b').health, node.slot('b').attempts], ['trial', 1]);
  },
  'whose attempts fell into an outage that was known is not blamed when the good slot finds the tunnel again': () => {
    const node = onTrial();
    for (let boot = 0; boot < 4; boot += 1) node.live('silent');
    node.state = { ...node.state, slots: { ...node.state.slots, b: { ...node.slot('b'), held: null } } };
    for (const ending of ['silent', 'silent', 'silent', 'proven'] as const) node.live(ending);
    assert.equal(node.slot('b').health, 'trial');
    assert.match(node.slot('b').reason ?? '', /not held against it: its attempts fell into an outage/);
  },
  'is not blamed on a node that never proved itself': () => {
    const node = new Node(stateOf({ a: trial('a'), b: trial('b'), r: trial('r') }));
    for (const ending of ['silent', 'silent', 'silent', 'proven'] as const) node.live(ending);
    assert.deepEqual(node.log.at(-1), 'b proven');
    assert.equal(node.slot('a').health, 'trial');
    assert.match(node.slot('a').reason ?? '', /no slot had proven itself before/);
  },
  'meets a busy server: that counts as an outage, never against it': () => {
    const node = onTrial();
    // Two attempts come back, the others are used; then the good slot is busy too.
    for (let boot = 0; boot < 6 && node.log.at(-1)?.startsWith('a') !== true; boot += 1) node.live('busy');
    assert.equal(node.slot('b').health, 'trial');
    for (let boot = 0; boot < 8; boot += 1) node.live('busy');
    assert.equal(node.slot('b').health, 'trial');
    assert.equal(node.slot('a').health, 'good');
  },
  'remembers how the last boots of each slot ended': () => {
    const node = onTrial();
    for (const ending of ['silent', 'dead', 'silent', 'silent', 'proven'] as const) node.live(ending);
    assert.deepEqual(node.slot('b').lately, ['no-tunnel', 'cut', 'no-tunnel']);
    assert.deepEqual(node.slot('a').lately, ['outage', 'proven']);
  },
});

spec('outages, whatever happens', {
  'no trial is ever bad for the tunnel alone while no other slot was proven after its last attempt': () => {
    const endings = fc.array(fc.constantFrom('silent', 'busy'), { maxLength: 40 });
    fc.assert(
      fc.property(endings, (life) => {
        const node = onTrial();
        for (const ending of life) node.live(ending as 'silent' | 'busy');
        assert.equal(node.slot('b').health, 'trial');
        assert.equal(node.slot('a').health, 'good');
        assert.deepEqual(node.state.order, ['b', 'a', 'r']);
      }),
    );
  },
  'an outage of any length is spent on one slot after the trial was tried, and ends proven there': () => {
    const endings = fc.array(fc.constantFrom('silent', 'dead'), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(endings, (life) => {
        const node = onTrial();
        for (let attempt = 0; attempt < 4; attempt += 1) node.live('silent');
        let deadInARow = 0;
        for (const ending of life) {
          // A good slot that dies five times in a row is broken, which is another matter.
          const kept = ending === 'dead' && deadInARow < 3 ? 'dead' : 'silent';
          deadInARow = kept === 'dead' ? deadInARow + 1 : 0;
          node.live(kept);
          assert.equal(node.log.at(-1)?.[0], 'a', node.log.join(', '));
        }
        assert.equal(node.live('proven'), true);
        assert.equal(node.slot('b').health, 'trial');
      }),
    );
  },
});
