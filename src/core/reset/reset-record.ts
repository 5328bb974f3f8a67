/**
 * What one factory reset moves, as `lifeboot/reset-<n>/manifest.json` lists it.
 *
 * Pure. Invariant: the list is on disk before the first name moves, and moving by it twice is moving once: what stands at
 * its end already is left there. So a power cut anywhere leaves a reset that the next boot brings to its end.
 */
import * as v from 'valibot';
import { IDENTITY_TREES } from '../root/store-names.ts';
import { parseStored } from '../store/deployment.ts';
import type { Reset, ResetAction, ResetLevel } from './reset-action.ts';

export interface ResetRecord {
  /** Of the action that asked for it. */
  readonly id: string;
  readonly level: ResetLevel | 'undo';
  /** Paths in the store that go into this directory, at the same path there. */
  readonly put: readonly string[];
  /** Paths that come back after that, from `from`. */
  readonly back: readonly string[];
  /** The name of the directory of the reset that is undone. */
  readonly from: string | null;
}

const path = v.pipe(
  v.string(),
  v.check((text) => !text.startsWith('/') && text.split('/').every((part) => part !== '' && !/^\.\.?$/.test(part))),
);
const schema = v.looseObject({
  format: v.literal(1),
  id: v.string(),
  level: v.picklist(['etc', 'upper', 'all', 'undo']),
  put: v.array(path),
  back: v.array(path),
  from: v.nullable(v.pipe(v.string(), v.regex(/^reset-[0-9]+$/))),
});

export function formatRecord(record: ResetRecord): string {
  return `${JSON.stringify({ format: 1, ...record }, null, 2)}\n`;
}

/** @param name of its directory. @throws BootError BAD_DATA */
export function parseRecord(text: string, name: string): ResetRecord {
  const { id, level, put, back, from } = parseStored(schema, text, `the list of the factory reset in '${name}'`);
  return { id, level, put, back, from };
}

/** What lies in the store, by names. */
export interface StoreListing {
  readonly uppers: readonly string[];
  /** Those of the uppers that have something at `/etc`. */
  readonly withEtc: readonly string[];
  readonly persist: readonly string[];
  /** Below each tree of identity copies, by the name of the tree. */
  readonly identity: Readonly<Record<string, readonly string[]>>;
}

/** What a reset puts aside. `/etc` goes as one name, so the base's shows again, whatever was opaque or whited out in it. */
export function listReset({ id, level, forgetIdentity }: Reset, listing: StoreListing): ResetRecord {
  const identity = IDENTITY_TREES.flatMap((tree) => (listing.identity[tree] ?? []).map((name) => `${tree}/${name}`));
  const put = [
    ...(level === 'etc'
      ? listing.withEtc.map((name) => `upper/${name}/upper/etc`)
      : listing.uppers.map((name) => `upper/${name}`)),
    ...(level === 'all' ? listing.persist.map((name) => `persist/${name}`) : []),
    ...(forgetIdentity ? identity : []),
  ];
  return { id, level, put, back: [], from: null };
}

/** A reset in the store. */
export interface KeptReset {
  /** `reset-<n>`. */
  readonly name: string;
  readonly number: number;
  readonly record: ResetRecord;
  readonly isDone: boolean;
}

/** The reset that an undo means, or null. */
export function chooseUndone(action: ResetAction, kept: readonly KeptReset[]): KeptReset | null {
  if (action.kind !== 'undo') return null;
  const { id, target } = action;
  const meant = kept.filter(({ record }) => record.id !== id && (target === null || record.id === target));
  return meant.toSorted((left, right) => left.number - right.number).at(-1) ?? null;
}

/**
 * What an undo moves: whatever took the old places goes aside, then the old comes back.
 * @param has whether there is something at a path in the store
 */
export function listUndo(id: string, { name, record }: KeptReset, has: (path: string) => boolean): ResetRecord {
  // A slot's upper may be gone by now: then there is no place for its /etc.
  const isPlace = (place: string): boolean => has(place.slice(0, place.lastIndexOf('/')));
  const back = record.put.filter((place) => has(`${name}/${place}`) && isPlace(place));
  return { id, level: 'undo', put: back.filter(has), back, from: name };
}
