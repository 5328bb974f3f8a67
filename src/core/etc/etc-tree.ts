/**
 * A tree of files as a list: what has to be known of each entry to tell whether somebody changed it.
 *
 * Pure. Content is known by its digest, so a list of some hundred kilobytes stands for a base that may be gone.
 */
import * as v from 'valibot';
import { parseStored } from '../store/deployment.ts';

export type EtcEntry = {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
} & (
  | { readonly kind: 'dir' }
  | { readonly kind: 'file'; readonly digest: string }
  | { readonly kind: 'link'; readonly target: string }
  /** Devices, sockets, pipes: known to be there, and never carried. */
  | { readonly kind: 'other' }
);

/** By the path below the tree's root; '' is the root itself. */
export type EtcTree = ReadonlyMap<string, EtcEntry>;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const rights = { mode: count, uid: count, gid: count };
const entry = v.variant('kind', [
  v.object({ ...rights, kind: v.literal('dir') }),
  v.object({ ...rights, kind: v.literal('file'), digest: v.string() }),
  v.object({ ...rights, kind: v.literal('link'), target: v.string() }),
  v.object({ ...rights, kind: v.literal('other') }),
]);
const path = v.pipe(
  v.string(),
  v.check((text) => text === '' || text.split('/').every((part) => part !== '' && part !== '.' && part !== '..')),
);
const schema = v.looseObject({ format: v.literal(1), entries: v.array(v.tuple([path, entry])) });

export function formatTree(tree: EtcTree): string {
  return `${JSON.stringify({ format: 1, entries: [...tree] })}\n`;
}

/** @param what for messages. @throws BootError BAD_DATA */
export function parseTree(text: string, what: string): EtcTree {
  return new Map(parseStored(schema, text, what).entries);
}

/** Two entries, or the lack of them, that nobody could tell apart. */
export function isSameEntry(left: EtcEntry | undefined, right: EtcEntry | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  // The rights of a link mean nothing.
  const isRights = left.mode === right.mode || left.kind === 'link';
  if (left.kind !== right.kind || !isRights || left.uid !== right.uid || left.gid !== right.gid) return false;
  if (left.kind === 'file') return right.kind === 'file' && left.digest === right.digest;
  return left.kind !== 'link' || (right.kind === 'link' && left.target === right.target);
}

/** @returns '' for the names at the top; null: it is the top itself */
export function parentOf(path: string): string | null {
  if (path === '') return null;
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
