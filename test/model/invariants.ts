/**
 * What must hold of every move, whoever made it. Each says what it is in the message, and some mutation breaks it.
 *
 * These are the laws as an operator would put them, looked at from outside; how the rules keep them is not repeated here.
 */
import assert from 'node:assert/strict';
import type { SlotName } from '../../src/core/slot.ts';
import type { BootState, SlotState } from '../../src/core/state/state.ts';
import type { Model, Move } from './model.ts';
import { boot, tendBack } from './moves.ts';
import { type ModelNode, THIS_BOOT } from './node.ts';
import { checkAttempts, checkHealth, isOperator, isProof, limitOf, type Step } from './slot-invariants.ts';

export function checkMove(model: Model, before: ModelNode, { label, to }: Move): void {
  const step: Step = { model, before, after: to, label };
  checkNumbers(to.state, step);
  checkOrder(step);
  checkProof(step);
  checkVerdict(step);
  checkLadder(step);
  if (label.startsWith('boot')) checkBoot(step);
  for (const name of Object.keys(to.state.slots)) {
    const [was, is] = [before.state.slots[name], to.state.slots[name]];
    if (was === undefined || is === undefined) continue;
    checkHealth(name, was, is, step);
    checkAttempts(name, was, is, step);
  }
}

const isMissed = ({ label }: Step) => label === 'silent' || label === 'busy';
const slotOf = (state: BootState, name: SlotName | undefined) => (name === undefined ? undefined : state.slots[name]);

function checkNumbers(state: BootState, { model }: Step): void {
  for (const [name, slot] of Object.entries(state.slots)) {
    assert.ok(slot.aliveAttempts <= slot.attempts, `more attempts of slot ${name} came alive than there were`);
    assert.ok(slot.refunds <= 2, `slot ${name} has more than two attempts back in a row`);
    assert.ok(slot.held === null || slot.health === 'trial', `slot ${name} is held and no trial`);
  }
  const { taken } = state.ladder;
  assert.equal(new Set(taken).size, taken.length, 'a rung is taken twice in a round');
  assert.ok(state.order.length >= Object.keys(model.config.slots).length, 'a slot fell out of the order');
}

/** Power cuts, verdicts and the ladder never change the preferred order; a proof does with evidence against those before. */
function checkOrder(step: Step): void {
  const [was, is] = [step.before.state.order, step.after.state.order];
  if (is.join() === was.join() || isOperator(step)) return;
  assert.ok(isProof(step), `'${step.label}' changes the preferred order`);
  const passed = was.slice(0, was.indexOf(is[0] ?? ''));
  const isCondemned = (name: SlotName) =>
    step.after.state.slots[name]?.health === 'bad' || step.before.state.slots[name]?.evidence !== null;
  assert.ok(passed.every(isCondemned), 'the order changes without evidence against the slots that were preferred');
}

/** A proof makes good, ends round, outage and ladder, and every boot that had its verdict without one can still have it. */
function checkProof(step: Step): void {
  const { model, after } = step;
  const { running } = after;
  if (isProof(step)) {
    assert.equal(slotOf(after.state, running?.slot)?.health, 'good', 'a proven slot is not good');
    const { round, outage, ladder, current } = after.state;
    const isOver =
      round.number === 0 &&
      outage === null &&
      current?.bootId !== THIS_BOOT &&
      ladder.round === 0 &&
      ladder.taken.length === 0;
    assert.ok(isOver, 'a proof leaves round, outage or ladder behind');
  }
  if (!isMissed(step) || running === null) return;
  assert.equal(tendBack(model, after, running)?.label, 'tend proves it', 'an outage that ends does not end in a proof');
}

/** A good slot stays, a trial makes room, and in an outage no trial is held responsible. */
function checkVerdict(step: Step): void {
  const { before, after, model } = step;
  const { running } = before;
  const slot = slotOf(before.state, running?.slot);
  if (running === null || slot === undefined) return;
  const turn = before.state.current?.turn;
  if (slot.health === 'trial' && (step.label === 'alive' || isMissed(step))) {
    for (const name of Object.keys(before.state.slots).filter((each) => each !== running.slot)) {
      assert.deepEqual(
        after.state.slots[name],
        before.state.slots[name],
        `a trial changes what is known of slot ${name}`,
      );
    }
  }
  if (!isMissed(step) || turn === 'ladder' || !running.saved) return;
  if (slot.health === 'good' && turn !== 'clean') {
    assert.ok(after.running !== null, 'a good slot in an outage does not stay');
    checkNoFlip(model, after, running.slot, turn);
  }
  if (slot.health !== 'good') assert.equal(after.running, null, 'a slot without a proof stays, and is not good');
  if (slot.health !== 'good') return;
  for (const [name, other] of Object.entries(before.state.slots)) {
    if (name === running.slot || other.health !== 'trial' || other.aliveAttempts === 0) continue;
    const left: SlotState | undefined = after.state.slots[name];
    assert.equal(left?.attempts, other.attempts - other.aliveAttempts, 'not exactly what came alive is given back');
    assert.notEqual(left?.held, null, 'a trial is given its attempts back and not held: the node would flip');
  }
}

/** Power goes in the outage: the node comes back on the same slot. */
function checkNoFlip(model: Model, after: ModelNode, slot: SlotName, turn: string | undefined): void {
  // A slot that could not be mounted this time may be there the next time.
  if (turn !== 'order' || model.events.mounts) return;
  const next = boot(model, { ...after, running: null }, {});
  assert.equal(next.running?.slot, slot, 'a power cut in an outage flips the slot');
}

/** The ladder only says where the next boot goes. */
function checkLadder({ before, after, label }: Step): void {
  if (!label.startsWith('ladder')) return;
  assert.deepEqual(after.state.slots, before.state.slots, 'the ladder changes what is known of a slot');
  if (label.endsWith('round ends')) assert.ok(after.state.ladder.round > before.state.ladder.round);
  else assert.notEqual(after.state.ladder.next, null, 'the ladder reboots without saying where to');
}

function checkBoot({ model, before, after }: Step): void {
  const { running } = after;
  if (running === null || !running.saved) return;
  const slot = slotOf(after.state, running.slot);
  const turn = after.state.current?.turn;
  assert.ok(slot !== undefined && slot.health !== 'empty', 'an empty slot is entered');
  if (before.swapped.includes(running.slot)) {
    assert.equal(slot.health, 'trial', 'what somebody wrote into a slot is believed to be proven');
  }
  if (turn === 'order') {
    const used = slot.mode === 'clean' ? slot.cleanAttempts : slot.attempts;
    assert.ok(used <= limitOf(slot, model), `slot ${running.slot} is entered beyond its limit`);
    const isJudged = after.state.round.number === 0 && slot.health === 'bad';
    assert.ok(!isJudged, 'a bad slot is entered in its turn');
  }
}
