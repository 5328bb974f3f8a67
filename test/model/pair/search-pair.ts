/** Breadth first over all that may happen to the pair, until no new node appears or the depth is reached. */
import { checkMove, checkWayOut } from './pair-laws.ts';
import { movesOf } from './pair-moves.ts';
import { keyOf, type PairNode } from './pair-node.ts';
import type { PairRules } from './pair-rules.ts';

export interface PairFound {
  readonly states: number;
  readonly moves: number;
  readonly depth: number;
  readonly isComplete: boolean;
}

/** @throws Error that says what happened before a law was broken */
export function searchPair(rules: PairRules, starts: readonly PairNode[], depthLimit: number): PairFound {
  const from = new Map<string, { readonly key: string; readonly label: string } | null>();
  let frontier: { readonly key: string; readonly node: PairNode }[] = [];
  const meet = (node: PairNode, by: { readonly key: string; readonly label: string } | null): void => {
    const key = keyOf(node);
    if (from.has(key)) return;
    from.set(key, by);
    frontier.push({ key, node });
  };
  for (const start of starts) meet(start, null);
  let [moves, depth] = [0, 0];
  while (frontier.length > 0 && depth < depthLimit) {
    const now = frontier;
    frontier = [];
    depth += 1;
    for (const { key, node } of now) {
      for (const move of explore(rules, node, () => pathTo(from, key))) {
        moves += 1;
        meet(move.to, { key, label: move.label });
      }
    }
  }
  return { states: from.size, moves, depth, isComplete: frontier.length === 0 };
}

function explore(rules: PairRules, node: PairNode, path: () => readonly string[]) {
  let label = 'what may happen next';
  try {
    checkWayOut(rules, node);
    return movesOf(rules, node).map((move) => {
      label = move.label;
      checkMove(rules, node, move);
      return move;
    });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}\n  after: ${[...path(), label].join(' -> ')}`, { cause: error });
  }
}

function pathTo(from: ReadonlyMap<string, { readonly key: string; readonly label: string } | null>, key: string) {
  const labels: string[] = [];
  for (let at = from.get(key); at !== null && at !== undefined; at = from.get(at.key)) labels.unshift(at.label);
  return labels;
}
