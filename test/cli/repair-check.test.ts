/** `lifeboot repair --check`, as a timer runs it: what a fallback left behind, and what `[repair] auto` does about it. */
import assert from 'node:assert/strict';
import { CONFIG_TEXT, type FakeSetup, goodSlot, someState, trialSlot } from '../support/fake-ports.ts';
import { type RepairSetup, SUPERBLOCK } from '../support/fake-repairs.ts';
import { spec } from '../support/spec.ts';
import { attempt, damaged, slotB, withErrors } from '../support/try-repair.ts';

const left: FakeSetup = {
  state: someState({ b: trialSlot('bbbb', { health: 'bad', reason: 'no init', evidence: 'no init' }) }),
};

function auto(setting: string): FakeSetup {
  return { ...left, config: `${CONFIG_TEXT}\n[repair]\n${setting}\n` };
}

spec('repair --check', {
  'examines what a fallback left behind, once': () => {
    const first = attempt('repair --check', damaged, left);
    assert.equal(first.code, 1);
    assert.match(first.out, /^slot b is damaged\n/);
    assert.match(first.out, /slot b is left as it is: \[repair\] auto = 'no'/);
    const second = attempt('repair --check', damaged, { state: first.node.state() });
    assert.deepEqual([second.code, second.node.saves.length], [2, 0]);
    assert.equal(attempt('repair --check').code, 2, 'nothing was left behind');
  },
  "repairs the file system in place with auto = 'fsck', never touching it before it is recorded": () => {
    const setup: RepairSetup = { ...withErrors, factsAfterFix: {} };
    const { code, steps, healths, node, out } = attempt('repair --check', setup, auto('auto = "fsck"'));
    assert.deepEqual([code, steps], [1, ['fix']]);
    assert.deepEqual(healths, ['fix: bad']);
    assert.equal(slotB(node.state())?.health, 'trial');
    assert.match(slotB(node.state())?.reason ?? '', /its file system was repaired in place/);
    assert.match(out.replaceAll(/\s+/g, ' '), /done: the file system of slot b was repaired in place/);
  },
  'leaves it bad when that failed or did not help': () => {
    const failed = attempt('repair --check', { ...withErrors, fixFails: true }, auto('auto = "fsck"'));
    assert.equal(slotB(failed.node.state())?.health, 'bad');
    assert.match(failed.out.replaceAll(/\s+/g, ' '), /slot b is not repaired: e2fsck could not repair it/);
    const still = attempt('repair --check', withErrors, auto('auto = "fsck"'));
    assert.equal(slotB(still.node.state())?.health, 'bad');
    assert.deepEqual(
      attempt('repair --check', damaged, auto('auto = "fsck"')).steps,
      [],
      'an init does not come back by it',
    );
  },
  "writes it from the source with auto = 'reflash', and only then": () => {
    const { steps, node } = attempt('repair --check', damaged, auto('auto = "reflash"\nsource = "a"'));
    assert.deepEqual(steps[0], 'open /dev/vda2 -> /dev/vda3');
    assert.equal(slotB(node.state())?.health, 'trial');
    assert.deepEqual(
      attempt('repair --check', {}, auto('auto = "reflash"\nsource = "a"')).steps,
      [],
      'a sound slot is left alone',
    );
    assert.deepEqual(attempt('repair --check --dry-run', damaged, auto('auto = "reflash"\nsource = "a"')).steps, []);
    assert.deepEqual(
      attempt('repair b --check', damaged, auto('auto = "reflash"\nsource = "a"')).steps,
      [],
      'an operator is at hand',
    );
  },
  'takes up what was cut: writes it again with auto, never runs e2fsck on half an image, and else says what to do':
    () => {
      const half: RepairSetup = {
        facts: {
          superblock: { ...SUPERBLOCK, type: null, hasBackup: true },
          check: { program: 'e2fsck', outcome: 'errors', said: 'everything' },
          deployment: null,
          init: null,
          read: null,
        },
      };
      const b = trialSlot('', { health: 'empty', deployment: null, reason: 'slot a is being written into it' });
      const state = someState({ b }, { pending: ['repair b'] });
      const again = attempt('repair --check', half, { ...auto('auto = "reflash"\nsource = "a"'), state });
      assert.ok(again.steps.includes('writeBody'));
      assert.deepEqual([slotB(again.node.state())?.health, again.node.state().pending], ['trial', []]);
      const fsck = attempt('repair --check', half, { ...auto('auto = "fsck"'), state });
      assert.deepEqual([fsck.steps, slotB(fsck.node.state())?.health], [[], 'empty']);
      const shown = attempt('repair --check', half, { state });
      assert.match(shown.out, /fail {2}superblock: no file system is recognised/);
      assert.equal(shown.out.includes('e2fsck'), false);
      assert.equal(attempt('repair --check', half, { state: shown.node.state() }).code, 2, 'once');
    },
  'never repairs the way back by itself': () => {
    const state = someState({
      a: trialSlot('aaaa'),
      b: goodSlot('bbbb', { health: 'bad', evidence: 'no init' }),
      r: trialSlot('rrrr'),
    });
    for (const setting of ['auto = "fsck"', 'auto = "reflash"\nsource = "a"']) {
      const { steps, out, node } = attempt('repair --check', withErrors, { ...auto(setting), state });
      assert.deepEqual(steps, []);
      assert.match(out.replaceAll(/\s+/g, ' '), /slot b is not repaired: slot 'b' is the one that proved itself last/);
      assert.equal(slotB(node.state())?.health, 'bad');
    }
  },
  'writes nothing to a device that cannot be read': () => {
    const dying: RepairSetup = {
      facts: { unreadable: 'EIO', superblock: null, check: null, deployment: null, init: null, read: null },
    };
    assert.deepEqual(attempt('repair --check', dying, auto('auto = "reflash"\nsource = "a"')).steps, []);
  },
});
