/** A boot of the node: the production order of candidates, and the boot stage's look at what a slot holds. */
import assert from 'node:assert/strict';
import type { SlotName } from '../../../src/core/slot.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { bareManifest, recordOf } from '../../../src/core/store/deployment.ts';
import { factsOf as bootFacts } from '../../support/states.ts';
import { BASE, CONFIG, heldIn, type PairNode, upperOf } from './pair-node.ts';
import type { PairRules } from './pair-rules.ts';

/** What boots next, as the records stand. */
export function nextSlot(
  rules: PairRules,
  { state }: PairNode,
): { readonly slot: SlotName; readonly isClean: boolean } {
  const [first] = rules.listCandidates(state, bootFacts(state, { config: CONFIG }));
  assert.ok(first !== undefined, 'nothing boots next');
  return { slot: first.slot, isClean: first.mode === 'clean' };
}

export function bootNext(rules: PairRules, node: PairNode): PairNode {
  const { slot, isClean } = nextSlot(rules, node);
  const id = heldIn(node, slot);
  requireStack(node, id, `slot ${slot} is booted`);
  const state = settle(rules, node, slot, id);
  const health = state.slots[slot]?.health;
  assert.ok(
    health !== 'good' || node.proven.includes(`${slot} ${id}`),
    `slot ${slot} is good with ${id.slice(0, 4)}, which was never proven in it`,
  );
  const recorded = node.state.slots[slot];
  const isSame =
    recorded?.deployment?.id === id ||
    recorded?.deployment?.id ===
      rules.nameBefore(node.pair, slot, { baseId: BASE, sameAs: node.manifests[id]?.sameAs ?? null });
  assert.ok(!isSame || recorded?.health === health, `slot ${slot} shows what is recorded, and is ${health} by that`);
  const isRecorded = node.state.slots[slot]?.deployment?.id === id;
  assert.ok(id !== BASE || isRecorded, `slot ${slot} is booted without the layers that it is recorded with`);
  const upper = isClean ? null : upperOf(node, slot);
  return {
    ...node,
    state: { ...state, oneShot: null },
    boots: node.boots + 1,
    uppers: upper === null ? node.uppers : { ...node.uppers, [upper]: node.uppers[upper] ?? false },
    running: { slot, mode: isClean ? 'clean' : 'normal', deploymentId: id, upper, isProven: false },
  };
}

/** The boot stage's look: the base, then what the store has for the slot. */
function settle(rules: PairRules, { state, pair, manifests }: PairNode, slot: SlotName, id: string): BootState {
  const manifest = manifests[id] ?? bareManifest({ id: BASE, version: '1' });
  const stack = {
    deployment: recordOf(manifest),
    sameAs: rules.nameBefore(pair, slot, { baseId: BASE, sameAs: manifest.sameAs }),
  };
  const device = { device: '/dev/x', partuuid: null, serial: null, removable: false, notes: [] };
  const base = { deployment: { id: BASE, version: '1' }, ...device };
  return [base, { ...base, stack }].reduce(
    (before, found) => rules.settle(before, bootFacts(before, { config: CONFIG, bases: { [slot]: found } })).state,
    state,
  );
}

/** Base and layers of a deployment are in the store. */
export function requireStack(node: PairNode, id: string, why: string): void {
  if (id === BASE) return;
  const manifest = node.manifests[id];
  assert.ok(manifest !== undefined, `${why}, and its manifest ${id.slice(0, 4)} is gone`);
  for (const { digest } of manifest.layers) {
    assert.ok(node.layers.includes(digest), `${why}, and its layer ${digest.slice(0, 4)} is gone`);
  }
}
