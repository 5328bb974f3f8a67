/** Nodes on the first day: slot a is proven and runs, b is cleared, proven, bad, or first in the order. */
import { BASE, type PairNode, startNode } from './pair-node.ts';

const PROOF = { provenId: BASE, provenAt: '2026-11-20T12:00:00Z', proofLevel: 'loop', best: 'proven' } as const;

export function pairStarts(): readonly PairNode[] {
  const bad = startNode({ health: 'bad', ...PROOF });
  return [
    startNode({ health: 'empty' }),
    startNode({ health: 'good', ...PROOF }),
    bad,
    { ...bad, state: { ...bad.state, order: ['b', 'a'] } },
  ];
}
