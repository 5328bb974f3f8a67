/**
 * Breadth first over all that may happen, until no new node appears or the bound is reached.
 */
import { checkMove } from './invariants.ts';
import type { Model, Move } from './model.ts';
import { movesOf } from './moves.ts';
import { canonical, keyOf, type ModelNode } from './node.ts';

export interface Found {
  readonly states: number;
  readonly moves: number;
  readonly depth: number;
  /** Every node that is off: where the next boot decides. */
  readonly off: readonly ModelNode[];
  /** Whether no new node was left when it ended. */
  readonly isComplete: boolean;
}

export class Violation extends Error {
  readonly path: readonly string[];

  constructor(what: string, path: readonly string[]) {
    super(`${what}\n  after: ${path.join(' -> ')}`);
    this.path = path;
  }
}

interface Bound {
  /** Nodes beyond it are looked at and not gone on from. */
  readonly isWithin: (node: ModelNode) => boolean;
  readonly depth: number;
}

export function search(model: Model, starts: readonly ModelNode[], bound: Bound): Found {
  const from = new Map<string, { readonly key: string; readonly label: string } | null>();
  const offs: ModelNode[] = [];
  let frontier: { readonly key: string; readonly node: ModelNode }[] = [];
  let moves = 0;
  let depth = 0;
  let isCut = false;
  const meet = (node: ModelNode, by: { readonly key: string; readonly label: string } | null): void => {
    const known = canonical(node);
    const key = keyOf(known);
    if (from.has(key)) return;
    from.set(key, by);
    if (known.running === null) offs.push(known);
    if (bound.isWithin(known)) frontier.push({ key, node: known });
    else isCut = true;
  };
  for (const start of starts) meet(start, null);
  while (frontier.length > 0 && depth < bound.depth) {
    const now = frontier;
    frontier = [];
    depth += 1;
    for (const { key, node } of now) {
      for (const move of explore(model, node, () => pathTo(from, key))) {
        moves += 1;
        meet(move.to, { key, label: move.label });
      }
    }
  }
  return { states: from.size, moves, depth, off: offs, isComplete: frontier.length === 0 && !isCut };
}

function explore(model: Model, node: ModelNode, path: () => readonly string[]): readonly Move[] {
  let label = 'what may happen next';
  try {
    const moves = movesOf(model, node);
    for (const move of moves) {
      label = move.label;
      checkMove(model, node, move);
    }
    return moves;
  } catch (error) {
    throw new Violation(error instanceof Error ? error.message : String(error), [...path(), label]);
  }
}

function pathTo(
  from: ReadonlyMap<string, { readonly key: string; readonly label: string } | null>,
  key: string,
): string[] {
  const labels: string[] = [];
  for (let at = from.get(key); at !== null && at !== undefined; at = from.get(at.key)) labels.unshift(at.label);
  return labels;
}
