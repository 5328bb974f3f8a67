/**
 * Reads and writes what the store says of deployments: the pair, manifests, kept snapshots.
 *
 * Every file appears by rename after fsync, or not at all. What is damaged is told apart from what is not there.
 */
import { lstatSync, readdirSync, readFileSync, rmSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { manifestPath, PAIR_PATH, snapshotPath } from '../../core/root/store-names.ts';
import { formatManifest, type Manifest, parseManifest } from '../../core/store/deployment.ts';
import { formatPair, type Pair, parsePair } from '../../core/store/pair.ts';
import { formatSnapshot, parseSnapshot, type Snapshot } from '../../core/store/snapshot.ts';
import { makeDirsDurably, syncPath, writeFileDurably } from '../root/durable.ts';
import { errorCode } from '../root/tools.ts';

/** @param store `lifeboot/` on the data partition. @returns null when there is none. @throws BootError BAD_DATA, IO */
export function readPair(store: string): Pair | null {
  const text = readStored(store, PAIR_PATH);
  return text === null ? null : parsePair(text);
}

export function savePair(store: string, pair: Pair): void {
  saveStored(store, PAIR_PATH, formatPair(pair));
}

/** @returns null when there is none. @throws BootError BAD_DATA, IO */
export function readManifest(store: string, id: string): Manifest | null {
  const text = readStored(store, manifestPath(id));
  return text === null ? null : parseManifest(text, id);
}

export function saveManifest(store: string, manifest: Manifest): void {
  saveStored(store, manifestPath(manifest.id), formatManifest(manifest));
}

export function deleteManifest(store: string, id: string): void {
  deleteStored(store, manifestPath(id));
}

/** @returns the ids of all manifests, damaged ones too */
export function listManifests(store: string): readonly string[] {
  return namesIn(join(store, 'deployments')).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
}

/** @returns null when there is none. @throws BootError BAD_DATA, IO */
export function readSnapshot(store: string, number: number): Snapshot | null {
  const path = snapshotPath(number);
  const text = readStored(store, path);
  return text === null ? null : parseSnapshot(text, path);
}

/** All of them by number; damaged ones are left out and told. */
export function readSnapshots(store: string): {
  readonly snapshots: readonly Snapshot[];
  readonly numbers: readonly number[];
  readonly problems: readonly string[];
} {
  const snapshots: Snapshot[] = [];
  const problems: string[] = [];
  const names = namesIn(join(store, 'snapshots')).flatMap((name) => /^(\d{1,6})\.json$/.exec(name)?.[1] ?? []);
  const numbers = names.map(Number).sort((left, right) => left - right);
  for (const number of numbers) {
    try {
      const snapshot = readSnapshot(store, number);
      if (snapshot !== null) snapshots.push(snapshot);
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  return { snapshots, numbers, problems };
}

export function saveSnapshot(store: string, snapshot: Snapshot): void {
  saveStored(store, snapshotPath(snapshot.number), formatSnapshot(snapshot));
}

export function deleteSnapshot(store: string, number: number): void {
  deleteStored(store, snapshotPath(number));
}

/** @returns the names in a directory of the store; none where it was not made yet */
export function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new BootError('IO', `cannot read '${dir}'`, { cause: error });
  }
}

/** The manifest of 450 layers has less than a hundred thousand. */
const MAX_BYTES = 1 << 20;

/** A pipe would never end, and a link leads out of the store. */
function requireFile(store: string, path: string): Stats {
  const stat = lstatSync(join(store, path));
  if (stat.isFile() && !lstatSync(dirname(join(store, path))).isSymbolicLink()) return stat;
  throw new BootError('BAD_DATA', `'${path}' of the store is not a file`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

function readStored(store: string, path: string): string | null {
  try {
    const { size } = requireFile(store, path);
    if (size <= MAX_BYTES) return readFileSync(join(store, path), 'utf8');
    throw new BootError('BAD_DATA', `'${path}' of the store has ${size} bytes, which is too much`);
  } catch (error) {
    if (error instanceof BootError) throw error;
    if (errorCode(error) === 'ENOENT') return null;
    throw new BootError('IO', `cannot read '${path}' of the store`, { cause: error });
  }
}

function saveStored(store: string, path: string, text: string): void {
  const place = join(store, path);
  try {
    makeDirsDurably(dirname(place), 0o700);
    writeFileDurably(place, text, { mode: 0o600, uid: 0, gid: 0 });
  } catch (error) {
    throw new BootError('IO', `cannot write '${path}' of the store`, {
      cause: error,
      hint: 'check that the data partition is writable and has room',
    });
  }
}

function deleteStored(store: string, path: string): void {
  const place = join(store, path);
  rmSync(place, { force: true });
  syncPath(dirname(place));
}
