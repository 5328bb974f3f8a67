/** Confirming where the record is missing, foreign or cannot be written; and the other ways to confirm. */
import assert from 'node:assert/strict';
import { confirmOnce, confirmStopped, confirmWait, proveRemotely } from '../../src/app/confirm.ts';
import { GOOD, NONE, node, outcomeOf } from '../support/confirm-node.ts';
import { BOOT_ID, bootInfo, CONFIG_TEXT, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

spec('confirmWait() in trouble', {
  'judges a fallback boot by its tunnel without touching the state': () => {
    const info = bootInfo({ slot: null, attempt: null, mode: 'fallback', attemptSaved: false });
    const at = node({ info, state: someState(), tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
    assert.equal(at.verdict()?.outcome, 'proven');
    assert.deepEqual(at.saves, []);
    const lost = node({ info, state: someState() });
    assert.equal(outcomeOf(confirmWait(lost.ports)), 'no-tunnel, deadline');
    assert.equal(lost.verdict(), null);
    assert.deepEqual([lost.saves, lost.others()], [[], []]);
  },
  'writes nothing when boot.json is of another boot, and fails': () => {
    const info = bootInfo({ slot: 'b', bootId: 'f'.repeat(32) });
    const other = node({ info, tunnel: () => GOOD });
    assert.throws(() => confirmWait(other.ports), { code: 'BAD_DATA' });
    const unsaved = node({ info: { ...info, attemptSaved: false }, tunnel: () => GOOD });
    assert.throws(() => confirmWait(unsaved.ports), { code: 'BAD_DATA' });
    for (const at of [other, unsaved]) assert.deepEqual([at.saves, at.verdict()], [[], null]);
  },
  'keeps a reachable node up when the record is of another boot, writes no record, and fails': () => {
    const replaced = node({ state: someState(), tunnel: () => GOOD });
    assert.throws(() => confirmWait(replaced.ports), { code: 'BAD_DATA' });
    assert.deepEqual(replaced.saves, []);
    assert.equal(replaced.verdict()?.outcome, 'proven');
  },
  'leaves an unreachable node to the deadline when the record is of another boot': () => {
    const replaced = node({ state: someState(), tunnel: () => NONE });
    confirmWait(replaced.ports);
    assert.deepEqual([replaced.saves, replaced.verdict()], [[], null]);
  },
  'marks a boot good whose attempt could not be saved': () => {
    const info = bootInfo({ slot: 'b', deploymentId: 'bbbb', attemptSaved: false });
    const at = node({ info, state: someState(), tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
    assert.equal(at.slot('b')?.health, 'good');
    const blank = node({ info, reading: { kind: 'blank', why: 'all zero' }, tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(blank.ports)), 'proven');
    assert.equal(blank.slot('b')?.health, 'good');
  },
  'keeps a proven node up when the proof cannot be recorded, and fails': () => {
    const at = node({ saveFails: true, tunnel: () => GOOD });
    assert.throws(() => confirmWait(at.ports), { code: 'STATE_IO' });
    assert.equal(at.verdict()?.outcome, 'proven');
    assert.deepEqual(at.others(), []);
  },
  'reboots a trial even when its verdict cannot be recorded: the attempt is counted already': () => {
    const at = node({ saveFails: true });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, reboot');
  },
  'leaves it to the deadline when nobody knows whether the slot is good': () => {
    const at = node({ reading: { kind: 'unreadable', why: 'EIO' } });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, deadline');
    assert.deepEqual([at.verdict(), at.others()], [null, []]);
  },
  'ends when somebody else gave the verdict': () => {
    const verdict = { outcome: 'proven', reason: 'marked good by hand', at: null };
    const at = node({ verdict });
    assert.deepEqual(confirmWait(at.ports), { bootId: BOOT_ID, slot: 'b', kind: 'given', verdict });
    const late = node({
      tunnel: (seconds) => {
        if (seconds > 100) late.ports.run.writeVerdict(verdict);
        return NONE;
      },
    });
    assert.equal(confirmWait(late.ports).kind, 'given');
  },
  'waits for an operator, not for ever, without a [tunnel]': () => {
    const at = node({ config: CONFIG_TEXT });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, reboot');
    assert.match(at.last()?.reason ?? '', /no \[tunnel\]/);
  },
  'reads the state again inside the lock': () => {
    const at = node({
      tunnel: () => GOOD,
      onLock: (write) => write(whileRunning(someState({ r: trialSlot('rrrr', { reason: 'written meanwhile' }) }), 'b')),
    });
    confirmWait(at.ports);
    assert.equal(at.locks(), 2);
    assert.equal(at.slot('r')?.reason, 'written meanwhile');
  },
});

spec('confirmOnce()', {
  'looks once and writes nothing': () => {
    const at = node({ tunnel: () => GOOD });
    const { slot, verdict, sample } = confirmOnce(at.ports);
    assert.deepEqual([slot, verdict, sample], ['b', null, GOOD]);
    assert.deepEqual([at.saves, at.locks(), at.verdict()], [[], 0, null]);
  },
  'says what it lacks': () => {
    assert.throws(() => confirmOnce(node({ info: null }).ports), { code: 'UNAVAILABLE' });
    assert.throws(() => confirmOnce(node({ config: CONFIG_TEXT }).ports), { code: 'CONFIG' });
  },
});

spec('confirmStopped()', {
  'gives the attempt back before the verdict, and only then': () => {
    const at = node({});
    assert.equal(confirmStopped(at.ports), true);
    assert.equal(at.slot('b')?.attempts, 0);
    assert.equal(confirmStopped(at.ports), false);
    const proven = node({ verdict: { outcome: 'proven', reason: '', at: null } });
    assert.equal(confirmStopped(proven.ports), false);
    assert.equal(confirmStopped(node({ info: null }).ports), false);
    assert.deepEqual(proven.saves, []);
  },
});

spec('proveRemotely()', {
  'proves this boot at level remote, and no other boot': () => {
    const at = node({});
    assert.throws(() => proveRemotely(at.ports, '0'.repeat(32)), { code: 'REFUSED' });
    assert.deepEqual([at.saves, at.verdict()], [[], null]);
    assert.equal(proveRemotely(at.ports, BOOT_ID).kind, 'proven');
    assert.equal(at.slot('b')?.proofLevel, 'remote');
    assert.equal(at.verdict()?.outcome, 'proven');
  },
  'is not for everybody': () => {
    assert.throws(() => proveRemotely(node({ isRoot: false }).ports, BOOT_ID), { code: 'NOT_PERMITTED' });
  },
});
