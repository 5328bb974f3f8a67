/** Nodes to begin with: what the slot that does not run may be on the first day, and what upgrades leave behind. */
import assert from 'node:assert/strict';
import { withSlot } from '../../../src/core/state/state.ts';
import { movesOf } from './pair-moves.ts';
import { BASE, BASES, type PairNode, provenRecord, startNode } from './pair-node.ts';
import type { PairRules } from './pair-rules.ts';

const PROOF = { provenId: BASE, provenAt: '2026-11-20T12:00:00Z', proofLevel: 'loop', best: 'proven' } as const;

/** Slot a is proven and runs. */
export function firstDays(): readonly PairNode[] {
  const bad = startNode({ health: 'bad', ...PROOF });
  return [
    startNode({ health: 'empty' }),
    startNode({ health: 'good', ...PROOF }),
    bad,
    { ...bad, state: { ...bad.state, order: ['b', 'a'] } },
    onTrial(),
  ];
}

/** Slot a runs on trial, and b is the way back. */
function onTrial(): PairNode {
  const node = startNode({ health: 'good', ...PROOF });
  const { running } = node;
  const trial = { deployment: BASES.a, health: 'trial', provenId: null, provenAt: null } as const;
  const state = { ...withSlot(node.state, 'a', trial), history: [provenRecord('b')] };
  return { ...node, state, running: running && { ...running, isProven: false }, proven: [`b ${BASE}`] };
}

/** Slot b has proven itself after an upgrade, and either of both runs since. */
export function upgraded(rules: PairRules): readonly PairNode[] {
  const start = startNode({ health: 'empty' });
  const inB = walk(rules, start, ['write', 'run', 'off', 'boot', 'prove']);
  return [inB, walk(rules, inB, ['set-boot a', 'off', 'boot'])];
}

function walk(rules: PairRules, start: PairNode, labels: readonly string[]): PairNode {
  return labels.reduce((node, wanted) => {
    const move = movesOf(rules, node).find(({ label }) => label === wanted);
    assert.ok(move !== undefined, `'${wanted}' is refused`);
    return move.to;
  }, start);
}
