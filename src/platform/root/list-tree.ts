/**
 * Lists a tree of files with digests, as `core/etc` compares them. Reads every file; follows no link.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { EtcEntry, EtcTree } from '../../core/etc/etc-tree.ts';
import { sha256 } from '../../core/root/base-id.ts';

/** Says what a file or link really stands for; null: for itself. */
export type StandsFor = (content: Buffer | string) => EtcEntry | null;

/** @returns an empty list when there is no directory at `root` */
export function listTree(root: string, standsFor: StandsFor = () => null): EtcTree {
  const found = new Map<string, EtcEntry>();
  const visit = (path: string): void => {
    const entry = look(join(root, path), standsFor);
    if (entry === null) return;
    found.set(path, entry);
    if (entry.kind !== 'dir') return;
    for (const name of readdirSync(join(root, path)).sort()) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return found.get('')?.kind === 'dir' ? found : new Map();
}

function look(place: string, standsFor: StandsFor): EtcEntry | null {
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const rights = { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  if (found.isDirectory()) return { ...rights, kind: 'dir' };
  if (found.isSymbolicLink()) {
    const target = readlinkSync(place);
    return standsFor(target) ?? { ...rights, kind: 'link', target };
  }
  if (!found.isFile()) return { ...rights, kind: 'other' };
  const bytes = readFileSync(place);
  return standsFor(bytes) ?? { ...rights, kind: 'file', digest: sha256(bytes) };
}
