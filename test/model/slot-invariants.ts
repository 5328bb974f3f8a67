/**
 * What must hold of one slot in every move: who may become good or bad, and when attempts may come back.
 */
import assert from 'node:assert/strict';
import type { SlotName } from '../../src/core/slot.ts';
import type { SlotState } from '../../src/core/state/state.ts';
import type { Model } from './model.ts';
import type { ModelNode } from './node.ts';

export interface Step {
  readonly model: Model;
  readonly before: ModelNode;
  readonly after: ModelNode;
  readonly label: string;
}

export const isOperator = ({ label }: Step): boolean => label.startsWith('operator');
export const isProof = ({ label }: Step): boolean => label === 'proven' || label === 'tend proves it';

export function limitOf(slot: SlotState, { config }: Model): number {
  return slot.health === 'good' ? config.attempts.good : config.attempts.trial;
}

export function checkHealth(name: SlotName, was: SlotState, is: SlotState, step: Step): void {
  if (isOperator(step) || was.health === is.health) return;
  const { before, label } = step;
  if (is.health === 'good') {
    assert.ok(isProof(step) && before.running?.slot === name, `slot ${name} is good without a proof`);
  }
  if (was.health === 'good') {
    const isSwapped = before.swapped.includes(name) && is.health === 'trial';
    assert.ok(isSwapped || label.includes('content'), `good slot ${name} is ${is.health} by '${label}'`);
  } else if (is.health === 'bad') checkCondemned(name, was, is, step);
}

/** Bad is only who failed a check, was never alive, cannot be mounted, or missed what another one could do at the time. */
function checkCondemned(name: SlotName, was: SlotState, is: SlotState, step: Step): void {
  const { before, after, label, model } = step;
  if (label === 'check failed') {
    assert.equal(before.running?.slot, name, 'a check of one slot condemns another');
  } else if (label.startsWith('boot')) {
    // A boot in which everything fails begins a new round, with no attempts used.
    const isUsedUp = Math.max(was.attempts, is.attempts) >= limitOf(was, model) || after.running === null;
    const wasAlive = is.best === 'alive' || is.best === 'proven';
    const isBroken = label.includes('content') || label.includes('check');
    assert.ok(isBroken || (isUsedUp && !wasAlive), `slot ${name} is bad by a boot`);
  } else {
    assert.ok(isProof(step), `slot ${name} is bad by '${label}'`);
    const wasAnyGood = Object.values(before.state.slots).some(({ health }) => health === 'good');
    const isBlamed = wasAnyGood && before.state.outage === null;
    assert.ok(was.attempts >= limitOf(was, model), 'a trial with attempts left is bad for the tunnel');
    assert.ok(isBlamed || was.aliveAttempts === 0, 'a trial is blamed for what no slot could do at the time');
  }
}

/** Attempts come back only by a proof, twice in a row by a refund, in an outage, by hand, in a new round or for a new image. */
export function checkAttempts(name: SlotName, was: SlotState, is: SlotState, step: Step): void {
  if (is.attempts >= was.attempts || isOperator(step) || isProof(step)) return;
  const { before, after, label } = step;
  const { running, state } = before;
  const isHere = running?.slot === name;
  const lost = was.attempts - is.attempts;
  if (label.startsWith('boot')) {
    const isNewRound = after.state.round.number > state.round.number || after.running === null;
    assert.ok(isNewRound || before.swapped.includes(name), `a boot gives slot ${name} attempts back`);
  } else if (isHere) {
    const isRefund = label === 'clean reboot' || label === 'busy' || state.current?.turn === 'ladder';
    assert.ok(was.health === 'good' || (isRefund && lost === 1), `'${label}' gives slot ${name} attempts back`);
  } else {
    const isGoodHere = running !== null && state.slots[running.slot]?.health === 'good';
    const isOutage = isGoodHere && ['silent', 'busy', 'check failed'].includes(label);
    assert.ok(isOutage && was.health === 'trial', `'${label}' gives slot ${name} attempts back`);
    assert.equal(lost, was.aliveAttempts, 'not exactly what came alive is given back');
  }
}
