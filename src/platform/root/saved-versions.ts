/**
 * Remembers which versions of an identity file were saved from a proven system, by their digests.
 *
 * Each slot's upper keeps the version that it last had. When the file was renewed in the other slot, the copy on the
 * data partition is newer, although no clock on a node can be trusted to say so: a version that was saved before is
 * never newer than the copy, one that never was is.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../../core/root/base-id.ts';
import { IDENTITY } from '../../core/root/store-names.ts';
import { makeDirsDurably, writeFileDurably } from './durable.ts';
import { errorCode } from './tools.ts';

/** More renewals than a slot stays unused for. */
const KEEP = 64;

/** @param store `lifeboot/` on the data partition; @param path of the file in the root */
export function wasSaved(store: string, path: string, bytes: Uint8Array): boolean {
  return digests(store, path).includes(sha256(bytes));
}

/** Call it after the copy itself is durable. */
export function rememberSaved(store: string, path: string, bytes: Uint8Array): void {
  const known = digests(store, path);
  const digest = sha256(bytes);
  if (known.includes(digest)) return;
  const place = listPath(store, path);
  makeDirsDurably(dirname(place), 0o700);
  const text = `${[...known, digest].slice(-KEEP).join('\n')}\n`;
  writeFileDurably(place, text, { mode: 0o600, uid: 0, gid: 0 });
}

function digests(store: string, path: string): readonly string[] {
  try {
    return readFileSync(listPath(store, path), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function listPath(store: string, path: string): string {
  return join(store, `${IDENTITY}-saved`, path);
}
