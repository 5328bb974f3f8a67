/** What holds for every node, and for every move from one to the next. */
import assert from 'node:assert/strict';
import type { SlotName } from '../../../src/core/slot.ts';
import { nextSlot, requireStack } from './pair-boot.ts';
import { garbageWrites, movesOf, type PairMove } from './pair-moves.ts';
import { factsOf, heldIn, type PairNode, SLOTS, upperOf } from './pair-node.ts';
import type { PairRules } from './pair-rules.ts';

export function checkMove(rules: PairRules, from: PairNode, move: PairMove): void {
  checkNode(rules, move.to);
  checkLocked(rules, from, move);
  checkRunning(from, move);
  checkWayBack(rules, from, move);
  checkNext(rules, from, move);
  if (move.label === 'take') checkTaken(rules, from, move.to);
  if (move.label === 'run' || move.label === 'run --continue') checkRan(rules, from, move.to);
  if (move.verb === 'cancel' && move.end === 'done') checkCancelled(rules, from, move.to);
  if (move.verb.startsWith('set-') && move.end === 'done') checkResumed(rules, move.to);
  if (move.verb === 'prove') checkProven(move.to);
  if (move.verb === 'gc') checkKept(from, move.to);
  if (move.verb === 'gc' && move.end === 'done') {
    assert.deepEqual(garbageWrites(rules, move.to), [], 'a second collection finds more');
  }
}

/** What is named is there; at most one slot is writable. */
function checkNode(rules: PairRules, node: PairNode): void {
  for (const slot of SLOTS) requireStack(node, heldIn(node, slot), `slot ${slot} holds it`);
  const { taken } = node.pair;
  if (taken?.bootId === factsOf(node).bootId && taken.before !== null) {
    requireStack(node, taken.before, 'a cancel brings it back');
  }
  const { running } = node;
  if (running !== null) {
    requireStack(node, running.deploymentId, 'it runs');
    assert.ok(running.upper === null || running.upper in node.uppers, 'the upper of what runs is gone');
  }
  const { active, inactive, writable, locked } = rules.pairRoles(factsOf(node));
  if (locked !== null)
    assert.ok(writable !== locked && new Set([active, inactive, writable, locked]).size === 2, 'roles');
}

/** What is written to a slot outlives a collection, also where the slot does not run. */
function checkKept(from: PairNode, to: PairNode): void {
  for (const slot of SLOTS) {
    const upper = upperOf(from, slot);
    assert.equal(to.uppers[upper], from.uppers[upper], `the upper of slot ${slot} is gone`);
  }
}

/** The locked slot holds the same as long as the snapshot lasts. */
function checkLocked(rules: PairRules, from: PairNode, { to, verb }: PairMove): void {
  const { locked } = rules.pairRoles(factsOf(from));
  // `run` without `--continue` gives a snapshot up and takes another.
  if (to.pair.lastUpper !== from.pair.lastUpper) return;
  if (locked === null || (verb !== 'boot' && rules.pairRoles(factsOf(to)).locked === null)) return;
  assert.equal(heldIn(to, locked), heldIn(from, locked), `the locked slot ${locked} has changed`);
}

/** Under the running system nothing changes: what its slot holds next is what it is, or what it wrote until the snapshot. */
function checkRunning(from: PairNode, { to, verb }: PairMove): void {
  if (from.running === null || to.running === null) return;
  const { slot } = from.running;
  assert.deepEqual({ ...to.running, isProven: true }, { ...from.running, isProven: true });
  if (verb === 'compact') {
    checkMerged(from, to, slot);
    return;
  }
  const renames = verb === 'take' || verb === 'run' ? to : verb === 'cancel' ? from : null;
  if (slot === renames?.pair.taken?.active) return;
  assert.equal(heldIn(to, slot), heldIn(from, slot), `the running slot ${slot} has changed`);
  assert.equal(upperOf(to, slot), upperOf(from, slot), `the upper of the running slot ${slot} has changed`);
}

/** The layers of the slot may be one now, which show the same; its upper is the same. */
function checkMerged(from: PairNode, to: PairNode, slot: SlotName): void {
  assert.equal(upperOf(to, slot), upperOf(from, slot), `the upper of slot ${slot} has changed`);
  const [now, before] = [heldIn(to, slot), heldIn(from, slot)];
  assert.ok(now === before || to.manifests[now]?.sameAs === before, `slot ${slot} shows something else`);
}

/** Law 3: what proved itself last is what it was, but for what a snapshot calls it. */
function checkWayBack(rules: PairRules, from: PairNode, { to, verb, label }: PairMove): void {
  if (verb === 'boot') return;
  for (const slot of rules.lastProven(from.state)) {
    const isHeld = heldIn(from, slot) === from.state.slots[slot]?.provenId;
    if (!isHeld || heldIn(to, slot) === heldIn(from, slot)) continue;
    if (verb === 'compact') {
      checkMerged(from, to, slot);
      continue;
    }
    const { running } = from;
    assert.ok(
      running?.slot === slot && ['take', 'cancel', 'run'].includes(verb),
      `${label}: slot ${slot} was the way back`,
    );
  }
}

/** Only who asks for it changes what boots next; whatever it is, it is there. */
function checkNext(rules: PairRules, from: PairNode, { to, verb, end }: PairMove): void {
  const next = nextSlot(rules, to);
  requireStack(to, heldIn(to, next.slot), `slot ${next.slot} boots next`);
  if (verb === 'run' && end === 'done')
    assert.equal(next.slot, to.pair.taken?.inactive, 'what run has made boots next');
  if (['run', 'set-boot', 'fail', 'prove', 'boot', 'off', 'write'].includes(verb)) return;
  const { active } = rules.pairRoles(factsOf(to.running === null ? { ...to, running: from.running } : to));
  const isAsBefore = next.slot === nextSlot(rules, from).slot;
  assert.ok(isAsBefore || next.slot === active, `${verb} makes slot ${next.slot} the next`);
  if (end === 'done' && (verb === 'take' || verb === 'cancel')) assert.equal(next.slot, active, `after ${verb}`);
}

/** A snapshot that was cut is whole again: both slots are recorded as what they hold, and can be booted. */
function checkResumed(rules: PairRules, node: PairNode): void {
  if (rules.pairState(factsOf(node)) !== 'taken') return;
  for (const slot of SLOTS) {
    assert.equal(
      node.state.slots[slot]?.deployment?.id,
      heldIn(node, slot),
      `slot ${slot} is recorded as something else`,
    );
    assert.notEqual(node.state.slots[slot]?.health, 'empty', `slot ${slot} is recorded as empty`);
  }
}

/** A proof counts for what the slot holds, also under the name that a snapshot gave it in this boot. */
function checkProven({ state, running }: PairNode): void {
  const slot = state.slots[running?.slot ?? ''];
  assert.ok(slot?.health === 'good' && slot.provenId === slot.deployment?.id, 'a proof does not count');
}

/** The ids under which a deployment showed the same before its layers were made one. */
function mergedFrom({ manifests }: PairNode, id: string): readonly string[] {
  const before = manifests[id]?.sameAs ?? null;
  return before === null ? [] : [before, ...mergedFrom({ manifests } as PairNode, before)];
}

function checkTaken(rules: PairRules, from: PairNode, to: PairNode): void {
  const { slot, upper } = from.running ?? {};
  const { taken } = to.pair;
  assert.ok(
    taken !== null && taken.active === slot && taken.writable === taken.inactive,
    'take takes the running slot',
  );
  assert.equal(rules.pairState(factsOf(to)), 'taken');
  assert.equal(heldIn(to, 'a'), heldIn(to, 'b'), 'both slots are the same');
  for (const each of SLOTS) assert.ok(!(upperOf(to, each) in from.uppers), `slot ${each} gets an upper that was there`);
  const layers = to.manifests[heldIn(to, 'a')]?.layers.length ?? 0;
  const before = from.manifests[heldIn(from, slot ?? 'a')]?.layers.length ?? 0;
  assert.equal(layers - before, from.uppers[upper ?? ''] === true ? 1 : 0, 'what was written is in the snapshot');
  const good = from.state.slots[slot ?? 'a']?.health;
  assert.equal(to.state.slots[slot ?? 'a']?.health, good, 'a snapshot says nothing of the health of what runs');
  assert.equal(to.state.slots[taken.inactive]?.health, 'trial', 'a copy is a trial');
}

/** The running slot is as after `take`; the other one has the command's layer on top of that, or of what it had. */
function checkRan(rules: PairRules, from: PairNode, to: PairNode): void {
  const { taken } = to.pair;
  assert.ok(taken !== null, 'run takes a snapshot');
  const { active, inactive } = taken;
  assert.equal(to.state.slots[active]?.health, from.state.slots[active]?.health, 'run says nothing of what runs');
  // The same command on the same stack makes the same again, which may have been proven in that slot before.
  const isKnown = from.proven.includes(`${inactive} ${heldIn(to, inactive)}`);
  const isOnTrial = to.state.slots[inactive]?.health === 'trial' && rules.pairState(factsOf(to)) === 'taken';
  assert.ok(isOnTrial || isKnown, 'what run has made is a trial');
  assert.ok(!(upperOf(to, inactive) in from.uppers), 'what run has made gets an upper that was there');
  const layersOf = (node: PairNode, id: string) => node.manifests[id]?.layers.length ?? 0;
  const below = to.pair.lastUpper === from.pair.lastUpper ? heldIn(from, inactive) : heldIn(to, active);
  assert.equal(layersOf(to, heldIn(to, inactive)), layersOf(to, below) + 1, 'one layer more');
}

function checkCancelled(rules: PairRules, from: PairNode, to: PairNode): void {
  const { taken } = from.pair;
  assert.ok(taken !== null, 'there was a snapshot');
  assert.equal(rules.pairState(factsOf(to)), 'before', 'cancel leads back to state 1');
  assert.equal(to.pair.slots[taken.inactive], undefined, 'the inactive slot is cleared');
  assert.notEqual(to.state.slots[taken.inactive]?.health, 'trial', 'a cleared slot is no trial');
  const { running } = from;
  if (taken.bootId === factsOf(from).bootId && running?.slot === taken.active && running.mode === 'normal') {
    const held = heldIn(to, taken.active);
    const isRunning = held === running.deploymentId || mergedFrom(to, held).includes(running.deploymentId);
    assert.ok(isRunning, 'in its boot, cancel gives back what runs');
    assert.equal(upperOf(to, taken.active), running.upper, 'in its boot, cancel gives back the upper that runs');
  } else {
    assert.equal(heldIn(to, taken.active), heldIn(from, taken.active), 'in a later boot the snapshot stays');
  }
}

const WAYS_OUT = ['cancel', 'boot', 'off', 'prove', 'fail', 'set-boot'];
const MOST_STEPS = 5;

/** Wherever the power has gone, the snapshot can be ended. @throws AssertionError */
export function checkWayOut(rules: PairRules, node: PairNode): void {
  let frontier: readonly PairNode[] = [node];
  for (let step = 0; step <= MOST_STEPS; step += 1) {
    if (frontier.some((each) => rules.pairState(factsOf(each)) !== 'taken')) return;
    frontier = frontier.flatMap((each) =>
      movesOf(rules, each).flatMap(({ verb, end, to }) => (end === 'done' && WAYS_OUT.includes(verb) ? [to] : [])),
    );
  }
  assert.fail('no way leads out of the snapshot');
}
