/**
 * What differs between two roots, in words and numbers.
 *
 * Pure. Paths are byte strings, relative to the root.
 */
import type { Manifest } from './deployment.ts';
import type { EntryKind } from './listing.ts';

/** What of an entry differs; `mode` and `owner` are its rights, `attributes` its extended ones, ACLs among them. */
export const ASPECTS = ['kind', 'content', 'mode', 'owner', 'attributes'] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What it was; null: it was not there. */
  readonly from: EntryKind | null;
  /** What it is; null: it is not there. */
  readonly to: EntryKind | null;
  /** Of `changed`. */
  readonly what: readonly Aspect[];
}

export interface FileCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function countFiles(changes: readonly FileChange[]): FileCounts {
  const count = (change: FileChange['change']): number => changes.filter((each) => each.change === change).length;
  return { added: count('added'), changed: count('changed'), removed: count('removed') };
}

/**
 * How many of their lowest layers two deployments share.
 * @returns null where layers do not tell what differs: their bases do, or a layer of only one of them is a whole root
 */
export function sharedLayers(one: Manifest, other: Manifest): number | null {
  if (one.base.id !== other.base.id) return null;
  const differs = one.layers.findIndex(({ digest }, index) => other.layers[index]?.digest !== digest);
  const shared = differs < 0 ? one.layers.length : differs;
  const own = [one, other].flatMap(({ layers }) => layers.slice(shared));
  return own.some(({ form }) => form === 'subvol') ? null : shared;
}

/** Whether a path is one of these or below one of them; no paths are all. */
export function isWithin(path: string, tops: readonly string[]): boolean {
  return tops.length === 0 || tops.some((top) => path === top || path.startsWith(`${top}/`));
}

/** Whether a path leads to one of these, or is within. */
export function leadsTo(path: string, tops: readonly string[]): boolean {
  return isWithin(path, tops) || tops.some((top) => top.startsWith(`${path}/`));
}
