/**
 * The three-way merge of `/etc`: what was changed on the node goes into the writable layer of a new deployment.
 *
 * Pure. Per entry: what the node did not change is the new deployment's, what only the node changed is the node's. Where
 * both changed it, the node's wins, and that is a conflict. Deletions count as changes.
 */
import { type EtcEntry, type EtcTree, isSameEntry, parentOf } from './etc-tree.ts';

/** What is done in an empty layer over the new deployment, in this order: parents come before what is in them. */
export type EtcAction =
  /** A directory in the layer with these rights. */
  | { readonly do: 'dir'; readonly path: string; readonly entry: EtcEntry }
  /** The node's file or link. */
  | { readonly do: 'keep'; readonly path: string; readonly entry: EtcEntry }
  /** The new deployment's file beside the node's. */
  | { readonly do: 'beside'; readonly path: string; readonly as: string; readonly entry: EtcEntry }
  /** Hide what the new deployment has there. */
  | { readonly do: 'hide'; readonly path: string };

export interface EtcConflict {
  readonly path: string;
  readonly local: 'changed' | 'deleted';
  readonly next: 'changed' | 'deleted';
  /** Where the new deployment's version is; null: it is not kept. */
  readonly beside: string | null;
}

export interface EtcMerge {
  readonly actions: readonly EtcAction[];
  readonly conflicts: readonly EtcConflict[];
}

export interface EtcSides {
  /** What the old deployment brought itself. */
  readonly base: EtcTree;
  /** What the node made of it. */
  readonly local: EtcTree;
  /** What the new deployment brings. */
  readonly next: EtcTree;
}

const SUFFIX = '.lifeboot-new';

export function mergeEtc(sides: EtcSides): EtcMerge {
  const paths = [...new Set(['', ...sides.base.keys(), ...sides.local.keys(), ...sides.next.keys()])].sort();
  const result = chooseAll(paths, sides);
  const conflicts = paths.flatMap((path) => conflictAt(path, sides, result));
  const inLayer = paths.filter((path) => !isSameEntry(result.get(path), sides.next.get(path)));
  const beside = new Map(conflicts.flatMap(({ path, beside: as }) => (as === null ? [] : [[path, as] as const])));
  return { actions: actionsFor(new Set(inLayer), beside, result, sides), conflicts };
}

/** What stands at each path in the end. */
function chooseAll(paths: readonly string[], { base, local, next }: EtcSides): Map<string, EtcEntry> {
  const result = new Map<string, EtcEntry>();
  const mine = new Set<string>();
  for (const path of paths) {
    const here = local.get(path);
    // Pipes and devices are made by what runs there.
    const isMine = !isSameEntry(here, base.get(path)) && here?.kind !== 'other';
    if (isMine) mine.add(path);
    const chosen = isMine ? here : next.get(path);
    if (chosen !== undefined) result.set(path, chosen);
  }
  for (const path of paths.toReversed()) {
    const parent = parentOf(path);
    if (parent === null || !result.has(path) || result.get(parent)?.kind === 'dir') continue;
    // What the node has put into a directory keeps it, whatever the new deployment has there instead.
    if (mine.has(path) && local.get(parent)?.kind === 'dir') {
      keepDir(parent, local, result);
      mine.add(parent);
    } else if (!result.has(parent)) keepDir(parent, next, result);
  }
  for (const path of paths) {
    const parent = parentOf(path);
    if (parent !== null && result.get(parent)?.kind !== 'dir') result.delete(path);
  }
  return result;
}

function keepDir(path: string, from: EtcTree, result: Map<string, EtcEntry>): void {
  const entry = from.get(path);
  if (entry?.kind === 'dir') result.set(path, entry);
}

function conflictAt(path: string, { base, local, next }: EtcSides, result: EtcTree): readonly EtcConflict[] {
  const [was, mine, theirs] = [base.get(path), local.get(path), next.get(path)];
  // A directory that the new deployment has made something else, and that holds something of the node's.
  if (theirs !== undefined && theirs.kind !== 'dir' && mine?.kind === 'dir' && isSameEntry(result.get(path), mine)) {
    return [{ path, local: 'changed', next: 'changed', beside: null }];
  }
  if (isSameEntry(was, mine) || isSameEntry(was, theirs) || isSameEntry(mine, theirs)) return [];
  // A directory that both have is one whose rights differ; what is in it is merged.
  if (mine?.kind === 'dir' && theirs?.kind === 'dir' && was?.kind !== 'file') {
    return [{ path, local: 'changed', next: 'changed', beside: null }];
  }
  const parent = parentOf(path);
  const canBeBeside = theirs?.kind === 'file' && mine !== undefined && result.get(parent ?? '')?.kind === 'dir';
  const as = `${path}${SUFFIX}`;
  const isFree = !local.has(as) && !next.has(as);
  return [
    {
      path,
      local: mine === undefined ? 'deleted' : 'changed',
      next: theirs === undefined ? 'deleted' : 'changed',
      beside: canBeBeside && isFree ? as : null,
    },
  ];
}

function actionsFor(
  inLayer: ReadonlySet<string>,
  beside: ReadonlyMap<string, string>,
  result: EtcTree,
  { next }: EtcSides,
): readonly EtcAction[] {
  const actions: EtcAction[] = [];
  const made = new Set<string>();
  const makeDirs = (path: string | null): void => {
    if (path === null || made.has(path)) return;
    makeDirs(parentOf(path));
    made.add(path);
    const entry = result.get(path);
    if (entry !== undefined) actions.push({ do: 'dir', path, entry });
  };
  for (const path of inLayer) {
    const [entry, parent] = [result.get(path), parentOf(path)];
    // What was in a directory that is hidden, or replaced, is hidden with it.
    if (parent !== null && result.get(parent)?.kind !== 'dir') continue;
    if (entry?.kind === 'dir') {
      makeDirs(path);
      continue;
    }
    const isCovered = parent !== null && next.get(parent)?.kind !== 'dir';
    if (entry === undefined && isCovered) continue;
    makeDirs(parent);
    actions.push(entry === undefined ? { do: 'hide', path } : { do: 'keep', path, entry });
    const [as, theirs] = [beside.get(path), next.get(path)];
    if (as !== undefined && theirs !== undefined) actions.push({ do: 'beside', path, as, entry: theirs });
  }
  return actions;
}

/** One conflict in words. */
export function describeConflict({ path, local, next, beside }: EtcConflict): string {
  const what = `'/etc/${path}' was ${local} here and ${next} in the new deployment`;
  return `${what}: ${local === 'deleted' ? 'it stays deleted' : 'yours is kept'}${beside === null ? '' : `, the new one is '/etc/${beside}'`}`;
}
