/**
 * What factory resets have put aside in the store: `lifeboot/reset-<n>/`, with a list of what moved, and `done` when all
 * of it has.
 */
import { lstatSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type KeptReset, parseRecord } from '../../core/reset/reset-record.ts';
import { resetNumber } from '../../core/root/store-names.ts';
import { errorCode } from './tools.ts';

export const LIST = 'manifest.json';
export const DONE = 'done';

/** @returns whether there is anything at `path`, a link that leads nowhere too */
export function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** The numbers of all, also of those that cannot be read. */
export function resetNumbers(store: string): readonly number[] {
  return readdirSync(store)
    .map(resetNumber)
    .filter((number) => number !== null);
}

/** Lowest number first. What is damaged, or of a newer release, is left alone. */
export function readKeptResets(store: string): readonly KeptReset[] {
  return resetNumbers(store)
    .toSorted((left, right) => left - right)
    .flatMap((number) => {
      const name = `reset-${number}`;
      try {
        const record = parseRecord(readFileSync(join(store, name, LIST), 'utf8'), name);
        return [{ name, number, record, isDone: exists(join(store, name, DONE)) }];
      } catch {
        // Not one that this release can bring to its end, or back.
        return [];
      }
    });
}

/**
 * Moves what was put aside to where it is deleted. The lists stay: a reset that is asked for twice is done once.
 * @returns whether there was anything
 */
export function giveUpKept(store: string): boolean {
  const kept = readKeptResets(store).filter(({ isDone }) => isDone);
  const parts = kept.flatMap(({ name }) =>
    readdirSync(join(store, name))
      .filter((part) => part !== LIST && part !== DONE)
      .map((part) => ({ from: join(store, name, part), to: join(store, 'tmp', `${name}-${part}`) })),
  );
  for (const { from, to } of parts) renameSync(from, to);
  return parts.length > 0;
}
