/**
 * Lists a tree entry by entry, with content digests and attributes, and gives the digest of all of it.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readlinkSync, type Stats } from 'node:fs';
import { type Entry, type EntryKind, formatEntry } from '../../core/store/listing.ts';
import { readAttributes } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath } from './byte-path.ts';
import type { HashFile } from './hash-file.ts';

/** What overlay notes for itself in an upper: it means nothing in a layer. */
const OVERLAYS_OWN = /^trusted\.overlay\.(origin|impure|nlink|uuid|upper|protattr|redirect|metacopy)$/;

/** All entries, the directory itself first, what each directory holds by the bytes of the names. */
export function listTree(root: string, hashFile: HashFile): readonly Entry[] {
  const top = toBytePath(root);
  const attributes = attributesByPath(root);
  const firstOf = new Map<string, string>();
  const entries: Entry[] = [];
  const visit = (path: string): void => {
    const at = path === '' ? top : `${top}/${path}`;
    const stat = lstatSync(fromBytePath(at), { bigint: true });
    const kind = kindOf(stat);
    const key = `${stat.dev}:${stat.ino}`;
    const sameAs = kind !== 'dir' && kind !== 'whiteout' && stat.nlink > 1n ? (firstOf.get(key) ?? null) : null;
    if (sameAs === null) firstOf.set(key, path);
    const content = sameAs === null ? contentOf(kind, at, stat, hashFile) : '';
    entries.push({ path, kind, ...rightsOf(stat), content, sameAs, attributes: attributes.get(path) ?? [] });
    if (kind === 'dir') for (const { name } of readNames(at)) visit(below(path, name));
  };
  visit('');
  return entries;
}

/** The digest of a layer that is a directory. */
export function digestTree(root: string, hashFile: HashFile): { readonly digest: string; readonly sizeBytes: number } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const entry of listTree(root, hashFile)) {
    hash.update(formatEntry(entry), 'latin1');
    if (entry.kind === 'file' && entry.sameAs === null) sizeBytes += Number(entry.content.split(' ')[0]);
  }
  return { digest: hash.digest('hex'), sizeBytes };
}

export function kindOf(stat: BigIntStats | Stats): EntryKind {
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isFile()) return 'file';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isSocket()) return 'socket';
  if (stat.isBlockDevice()) return 'block';
  return Number(stat.rdev) === 0 ? 'whiteout' : 'char';
}

function rightsOf(stat: BigIntStats): Pick<Entry, 'mode' | 'uid' | 'gid' | 'mtimeNs'> {
  return { mode: Number(stat.mode & 0o7777n), uid: Number(stat.uid), gid: Number(stat.gid), mtimeNs: stat.mtimeNs };
}

function contentOf(kind: EntryKind, at: string, stat: BigIntStats, hashFile: HashFile): string {
  if (kind === 'file') return stat.size === 0n ? '0 ' : `${stat.size} ${hashFile(fromBytePath(at)).digest}`;
  if (kind === 'link') return readlinkSync(fromBytePath(at), { encoding: 'latin1' });
  return kind === 'char' || kind === 'block' ? String(stat.rdev) : '';
}

function attributesByPath(root: string): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const found = new Map<string, [string, string][]>();
  for (const { path, name, value } of readAttributes(root, { pattern: '-' })) {
    if (OVERLAYS_OWN.test(name)) continue;
    const others = found.get(path);
    if (others === undefined) found.set(path, [[name, value]]);
    else others.push([name, value]);
  }
  for (const list of found.values()) list.sort(([a], [b]) => (a < b ? -1 : 1));
  return found;
}
