/** What follows from the checks and the tunnel: good, or a verdict at the deadline. */
import assert from 'node:assert/strict';
import { confirmWait } from '../../src/app/confirm.ts';
import type { Turn } from '../../src/core/slot.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { BUSY, CLOCK, CONFIG, failing, GOOD, NONE, node, outcomeOf } from '../support/confirm-node.ts';
import { BOOT_ID, bootInfo, goodSlot, NOW, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

/** The running boot is one in clean mode. */
function inClean(state: BootState, turn: Turn): BootState {
  return { ...state, current: state.current && { ...state.current, mode: 'clean', turn } };
}

spec('confirmWait()', {
  'marks a trial alive, then good once the tunnel was held, and stops the deadline': () => {
    const at = node({ tunnel: () => GOOD });
    assert.deepEqual(confirmWait(at.ports), { bootId: BOOT_ID, slot: 'b', kind: 'proven', level: 'loop', notes: [] });
    assert.equal(at.slot('b')?.health, 'good');
    assert.equal(at.slot('b')?.attempts, 0);
    assert.equal(at.slot('b')?.proofLevel, 'loop');
    assert.equal(at.verdict()?.outcome, 'proven');
    assert.deepEqual(
      at.looks(),
      Array.from({ length: 13 }, (_, look) => 40 + 10 * look),
    );
    assert.deepEqual(
      at.saves.map(({ current }) => current?.alive ?? 'closed'),
      [true, 'closed'],
    );
    assert.deepEqual(at.others(), ['identity: true']);
  },
  'writes the state before the verdict file, and before it reboots': () => {
    const proven = node({ tunnel: () => GOOD });
    confirmWait(proven.ports);
    assert.deepEqual(proven.order, ['verdict after 2']);
    const lost = node({});
    confirmWait(lost.ports);
    assert.deepEqual(lost.order, ['reboot after 2']);
    const stays = node({ bootedSlot: 'a' });
    confirmWait(stays.ports);
    assert.deepEqual(stays.order, ['verdict after 2']);
  },
  'looks every 10 s from start to start, however long a look takes': () => {
    const at = node({ tunnel: () => GOOD, lookSeconds: 8 });
    confirmWait(at.ports);
    assert.deepEqual(at.looks().slice(0, 3), [40, 50, 60]);
    const slow = node({ tunnel: () => GOOD, lookSeconds: 28 });
    confirmWait(slow.ports);
    assert.deepEqual(slow.looks().slice(0, 3), [40, 69, 98]);
  },
  'records no-tunnel for a trial at its deadline, keeps the used attempt, and reboots': () => {
    const at = node({});
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, reboot');
    assert.equal(at.slot('b')?.health, 'trial');
    assert.equal(at.slot('b')?.attempts, 1);
    assert.equal(at.last()?.outcome, 'no-tunnel');
    assert.match(at.last()?.reason ?? '', /^no proof within 15 min: no ssh master \(good looks lately: 0 of 13\)$/);
    assert.equal(at.verdict(), null);
    assert.match(at.others().join(), /^reboot: lifeboot: no proof within 15 min/);
    const last = at.looks().at(-1) ?? 0;
    assert.ok(last >= 899 && last <= 901, `looks until the deadline: ${last}`);
  },
  'records no-tunnel for a good slot, which stays': () => {
    const at = node({ bootedSlot: 'a' });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, stay');
    assert.equal(at.slot('a')?.health, 'good');
    assert.equal(at.verdict()?.outcome, 'no-tunnel');
    assert.deepEqual(at.others(), []);
  },
  'lets a clean boot make room for the next way': () => {
    const running = whileRunning(someState({ a: goodSlot('aaaa', { attempts: 5 }) }), 'a');
    const state = inClean(running, 'clean');
    const at = node({ bootedSlot: 'a', state, info: bootInfo({ mode: 'clean' }) });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, reboot');
  },
  'stays on a slot whose own mode is clean: it was proven that way': () => {
    const running = whileRunning(someState({ a: goodSlot('aaaa', { mode: 'clean' }) }), 'a');
    const state = inClean(running, 'order');
    const at = node({ bootedSlot: 'a', state, info: bootInfo({ mode: 'clean' }) });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, stay');
  },
  'calls it an outage when neither the trial nor the good slot finds the tunnel, and says so in the verdict': () => {
    const waiting = trialSlot('bbbb', { attempts: 3, aliveAttempts: 3, best: 'alive', lately: ['no-tunnel'] });
    const at = node({ bootedSlot: 'a', state: whileRunning(someState({ b: waiting }), 'a') });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'outage, stay');
    assert.equal(at.verdict()?.outcome, 'outage');
    assert.match(at.verdict()?.reason ?? '', /no ssh master.*slot b had no tunnel either, so this is an outage/);
    assert.deepEqual([at.slot('b')?.health, at.slot('b')?.attempts], ['trial', 0]);
    assert.match(at.slot('b')?.held ?? '', /slot a, which was proven before, could not prove itself either/);
    assert.deepEqual(at.state().outage, { since: NOW, slot: 'a' });
  },
  'does not call a tunnel proven that answered too late to be held': () => {
    const at = node({ tunnel: (seconds) => (seconds > 850 ? GOOD : NONE) });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'no-tunnel, reboot');
    assert.match(
      at.last()?.reason ?? '',
      /the tunnel answers, but was not held for 120 s \(good looks lately: \d of 13\)/,
    );
  },
  'counts the deadline from the start of the kernel': () => {
    const at = node({ config: CONFIG.concat('[confirm]\ndeadline = "50s"\nhold = "5s"\n') });
    confirmWait(at.ports);
    assert.deepEqual(at.looks(), [40, 50]);
  },
  'gives a trial that fails a required check its verdict at once, after one hold of patience': () => {
    const at = node({ checks: () => [failing], tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'failed, reboot');
    assert.equal(at.slot('b')?.health, 'bad');
    assert.equal(at.slot('b')?.reason, "required check '10-disk' failed: disk full");
    assert.deepEqual(at.looks(), []);
  },
  'waits for a check that is merely early': () => {
    const at = node({ checks: (seconds) => [{ ...failing, passed: seconds > 100 }], tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
  },
  'lets a wanted check fail': () => {
    const at = node({ checks: () => [{ ...failing, required: false }], tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
  },
  'lets a good slot that fails a check prove itself, for the tunnel is the verdict': () => {
    const at = node({ bootedSlot: 'a', checks: () => [failing], tunnel: () => GOOD });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
    const lost = node({ bootedSlot: 'a', checks: () => [failing] });
    assert.equal(outcomeOf(confirmWait(lost.ports)), 'failed, stay');
    assert.equal(lost.slot('a')?.health, 'good');
    assert.equal(lost.slot('a')?.attempts, 1);
  },
  'stretches the deadline once for a busy server, and gives the attempt back': () => {
    const at = node({ tunnel: () => BUSY });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'busy, reboot');
    assert.deepEqual(at.others().slice(0, 1), ['deadline to 1800']);
    assert.equal(at.slot('b')?.health, 'trial');
    assert.equal(at.slot('b')?.attempts, 0);
    assert.match(at.last()?.reason ?? '', /^no proof within 30 min, the time for a busy server included/);
    assert.deepEqual(at.looks().slice(0, 3), [40, 70, 100]);
    const last = at.looks().at(-1) ?? 0;
    assert.ok(last >= 1799 && last <= 1801, `looks until the stretched deadline: ${last}`);
  },
  'is proven in the time that was added for a busy server': () => {
    const at = node({ tunnel: (seconds) => (seconds > 1000 ? GOOD : BUSY) });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'proven');
  },
  'gives the attempt back when only the dates of a certificate were wrong': () => {
    const at = node({ tunnel: () => CLOCK });
    assert.equal(outcomeOf(confirmWait(at.ports)), 'clock, reboot');
    assert.equal(at.last()?.outcome, 'clock');
    assert.equal(at.slot('b')?.attempts, 0);
  },
});
