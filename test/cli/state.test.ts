/** `lifeboot state`: a state is made once, replaced only by force, and never over a newer one. */
import assert from 'node:assert/strict';
import { runLine } from '../support/fake-io.ts';
import { fakeNode, NOW, someState, trialSlot } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const absent = { kind: 'absent', why: 'no such file' } as const;
const blank = { kind: 'blank', why: 'nothing there' } as const;

spec('state init', {
  'records every slot as a trial, in the order of the configuration, recovery last': () => {
    for (const reading of [absent, blank, { kind: 'corrupt', why: 'checksum' } as const]) {
      const ran = runLine('state init', { reading });
      assert.deepEqual([ran.code, ran.node.saves.length, ran.node.locks()], [0, 1, 1]);
      const { slots, order } = ran.node.state();
      assert.deepEqual(order, ['a', 'b', 'r']);
      for (const slot of Object.values(slots)) assert.deepEqual([slot.health, slot.attempts], ['trial', 0]);
    }
  },
  'takes an image builder at their word with --good': () => {
    const unseen = runLine('state init --good b', { reading: blank }).node.state();
    assert.deepEqual(
      [unseen.slots['b']?.health, unseen.slots['b']?.proofLevel, unseen.slots['b']?.provenAt],
      ['good', 'manual', NOW],
    );
    assert.equal(unseen.slots['a']?.health, 'trial');
    assert.deepEqual(unseen.order, ['a', 'b', 'r']);
    const seen = runLine('state init --good b', { reading: blank, holds: { 'PARTLABEL=root-b': 'bbbb' } }).node;
    assert.equal(seen.state().slots['b']?.provenId, 'bbbb');
    const wrong = runLine('state init --good c', { reading: blank });
    assert.deepEqual([wrong.code, wrong.node.saves.length], [64, 0]);
  },
  'replaces a valid state only by force, and a newer one never': () => {
    const refused = runLine('state init');
    assert.deepEqual([refused.code, refused.node.saves.length], [1, 0]);
    assert.match(refused.err, /--force replaces it/);
    assert.equal(runLine('state init --force').node.saves.length, 1);
    const newer = runLine('state init --force', { reading: { kind: 'tooNew', major: 2, why: 'format 2' } });
    assert.deepEqual([newer.code, newer.node.saves.length], [65, 0]);
    assert.equal(runLine('state init --force', { reading: { kind: 'unreadable', why: 'EIO' } }).code, 74);
  },
  'makes and writes nothing in a dry run': () => {
    const ran = runLine('state init --dry-run', { reading: absent });
    assert.deepEqual([ran.code, ran.node.saves.length, ran.node.reading().kind], [0, 0, 'absent']);
    assert.match(ran.out, /^would change[\s\S]*order: a, b, r/);
  },
  'needs a sound configuration': () => {
    assert.equal(runLine('state init', { reading: blank, config: '[slots.a]\nroot = 7' }).code, 78);
  },
});

spec('state show', {
  'prints the state and where it is': () => {
    const ran = runLine('state show');
    assert.equal(ran.code, 0);
    assert.match(ran.out, /^PARTLABEL=lifeboot-state, record 0, sequence 1\n\{/);
    const { state, kind } = JSON.parse(runLine('state show --json').out);
    assert.deepEqual([kind, state], ['valid', someState()]);
  },
  'says what is wrong, with the code that belongs to it': () => {
    for (const [kind, code] of [
      ['blank', 69],
      ['absent', 69],
      ['corrupt', 65],
      ['tooNew', 65],
      ['unreadable', 74],
    ] as const) {
      const ran = runLine('state show --json', { reading: { kind, why: 'because', major: 2 }, isRoot: false });
      assert.equal(ran.code, code);
      const { why, state } = JSON.parse(ran.out);
      assert.deepEqual([why, state], ['because', null]);
    }
  },
});

spec('state set of what the configuration has', {
  'holds over the file, in what is shown and in what boots, until it is none': () => {
    const tried = someState({ b: trialSlot('bbbb', { attempts: 3 }) }, { order: ['b', 'a', 'r'] });
    const node = fakeNode({ state: tried });
    assert.match(runLine('plan', node).out, /slot a is chosen/);
    assert.equal(runLine('state set attempts.trial 5', node).code, 0);
    assert.deepEqual(node.state().settings, { 'attempts.trial': '5' });
    assert.match(runLine('plan', node).out, /slot b is chosen: trial, 3 of 5 attempts used/);
    assert.match(runLine('plan', node).out, /the boot state says attempts\.trial = '5'/);
    assert.equal(runLine('state set attempts.trial 5', node).code, 2);
    assert.equal(runLine('state set attempts.trial none', node).code, 0);
    assert.equal(node.state().settings, undefined);
    assert.equal(runLine('state set attempts.trial none', node).code, 2);
  },
  'is not followed where another node set it': () => {
    const settings = { 'attempts.trial': '5' };
    const plan = (owner: string) => runLine('plan', fakeNode({ state: someState({}, { owner, settings }) })).out;
    assert.match(plan('W023'), /attempts\.trial/);
    assert.doesNotMatch(plan('W007'), /attempts\.trial/);
  },
  'takes no value that the file could not have, and no other key': () => {
    assert.equal(runLine('state set attempts.trial many').code, 64);
    assert.equal(runLine('state set confirm.deadline 1s').code, 64);
    assert.equal(runLine('state set tunnel.known_hosts /tmp/x').code, 64);
    assert.equal(runLine('state set identity.files /etc/passwd').code, 64);
  },
});

spec('state set, upgrade, export and import', {
  'sets order, one-shot and limits': () => {
    const node = fakeNode();
    assert.equal(runLine('state set order b,r,a', node).code, 0);
    assert.equal(runLine('state set one-shot r', node).code, 0);
    assert.equal(runLine('state set slots.b.limit 7', node).code, 0);
    const { order, oneShot, slots } = node.state();
    assert.deepEqual([order, oneShot, slots['b']?.limit], [['b', 'r', 'a'], 'r', 7]);
    assert.equal(runLine('state set slots.b.limit 7', node).code, 2);
    assert.equal(runLine('state set slots.b.limit none', node).code, 0);
    assert.equal(runLine('state set one-shot none', node).code, 0);
    assert.equal(node.saves.length, 5);
  },
  'refuses other keys and values that make no sense': () => {
    for (const words of [
      'health good',
      'ordr a,b,r',
      'order a,b',
      'order a,a,b,r',
      'order a,b,r,x',
      'one-shot x',
      'slots.b.limit 0',
      'slots.b.limit 1e1',
      'slots.x.limit 1',
    ]) {
      const ran = runLine(`state set ${words}`);
      assert.deepEqual([ran.code, ran.node.saves.length], [64, 0], words);
    }
  },
  'has nothing to upgrade, and says that export and import are not there': () => {
    assert.equal(runLine('state upgrade').code, 2);
    assert.match(runLine('state export --format abr').err, /'state export' is not in this release/);
    assert.equal(runLine('state import --format abr').code, 69);
  },
});
