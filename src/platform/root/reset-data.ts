/**
 * Carries out a factory reset, or its undo, before the upper is mounted: by renames alone.
 *
 * Order of writes: 1 identity files that only the uppers hold, 2 the list of what moves, by rename, 3 each move, with both
 * directories on disk before the next, 4 `done`. A cut before 2 leaves nothing of it, a cut after it a reset that is
 * brought to its end by the next boot that mounts an upper, whatever the boot state says by then.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ResetDataRequest, ResetDataResult } from '../../app/ports.ts';
import { BootError, describeError } from '../../core/errors.ts';
import { describeAction, parseAction, type ResetAction } from '../../core/reset/reset-action.ts';
import {
  chooseUndone,
  formatRecord,
  type KeptReset,
  listReset,
  listUndo,
  type ResetRecord,
  type StoreListing,
} from '../../core/reset/reset-record.ts';
import { IDENTITY_TREES } from '../../core/root/store-names.ts';
import { type DataPartition, roomTrouble } from './data-partition.ts';
import { makeDirsDurably, renameDurably, writeFileDurably } from './durable.ts';
import { keepIdentity } from './keep-identity.ts';
import { DONE, exists, LIST, readKeptResets, resetNumbers } from './kept-resets.ts';
import type { Places } from './places.ts';

const PRIVATE = { mode: 0o600, uid: 0, gid: 0 };

export interface DataAfter extends ResetDataResult {
  /** What the upper is made on now. */
  readonly data: DataPartition;
}

/** Never throws: a reset that cannot be done stays pending, and the boot goes on. */
export function resetData(request: ResetDataRequest, data: DataPartition, places: Places): DataAfter {
  const { store } = data;
  if (store === null || data.readOnly) return waits(data, data.trouble ?? 'there is no data partition');
  try {
    const action = parseAction(request.action);
    if (action === null) throw new BootError('INTERNAL', `'${request.action}' is no factory reset`);
    const { told, degraded } = carryOut(action, request, store, places);
    // What filled the partition may be what was put aside.
    const room = roomTrouble(places, data.trouble);
    return {
      done: true,
      told,
      degraded,
      data: { ...data, trouble: room.trouble, notes: [...data.notes, ...room.notes] },
    };
  } catch (error) {
    return halfDone(waits(data, data.trouble ?? describeError(error)), store);
  }
}

/**
 * Brings to its end what an earlier boot has begun.
 * @returns the data partition as it can be used then
 */
export function finishBegun(data: DataPartition): DataPartition {
  const { store } = data;
  if (store === null || data.readOnly) return data;
  try {
    for (const kept of readKeptResets(store)) if (!kept.isDone) finish(kept, store);
    return data;
  } catch (error) {
    return { ...data, trouble: `a factory reset is half done: ${describeError(error)}` };
  }
}

function waits(data: DataPartition, why: string): DataAfter {
  return { done: false, told: [], degraded: [`the factory reset is still pending: ${why}`], data };
}

/** A new upper must not take a name that an old one may still have to come back to. */
function halfDone(result: DataAfter, store: string): DataAfter {
  try {
    if (readKeptResets(store).every(({ isDone }) => isDone)) return result;
  } catch {
    // Then it cannot be ruled out.
  }
  return { ...result, data: { ...result.data, trouble: result.data.trouble ?? 'a factory reset is half done' } };
}

type Told = Pick<ResetDataResult, 'told' | 'degraded'>;

function carryOut(action: ResetAction, request: ResetDataRequest, store: string, places: Places): Told {
  const kept = readKeptResets(store);
  for (const each of kept) if (!each.isDone) finish(each, store);
  const before = kept.find(({ record }) => record.id === action.id);
  if (before !== undefined)
    return { told: [`${describeAction(action)}: done`, ...supersede(before, store)], degraded: [] };
  const forgets = action.kind === 'reset' && action.forgetIdentity;
  if (!forgets) keepIdentity({ ...request, imageIdentity: places.imageIdentity }, store);
  const record = work(action, kept, store);
  if (record === null) {
    const why = 'the factory reset cannot be undone: what it put aside is not there any more';
    return { told: [], degraded: [why] };
  }
  const begun = begin(record, store);
  finish(begun, store);
  const where = `'lifeboot/${begun.name}' on the data partition`;
  return { told: [`${describeAction(action)}, into ${where}`, ...supersede(begun, store)], degraded: [] };
}

/** @returns what is to be moved; null: there is nothing to undo */
function work(action: ResetAction, kept: readonly KeptReset[], store: string): ResetRecord | null {
  if (action.kind === 'reset') return listReset(action, lookAround(store));
  const undone = chooseUndone(action, kept);
  const record = undone === null ? null : listUndo(action.id, undone, (path) => exists(join(store, path)));
  return record === null || record.back.length === 0 ? null : record;
}

function lookAround(store: string): StoreListing {
  const names = (dir: string) => (existsSync(join(store, dir)) ? readdirSync(join(store, dir)) : []);
  const uppers = names('upper');
  return {
    uppers,
    withEtc: uppers.filter((name) => exists(join(store, 'upper', name, 'upper/etc'))),
    persist: names('persist'),
    identity: Object.fromEntries(IDENTITY_TREES.map((tree) => [tree, names(tree)])),
  };
}

function begin(record: ResetRecord, store: string): KeptReset {
  const number = Math.max(0, ...resetNumbers(store)) + 1;
  const name = `reset-${number}`;
  const fresh = join(store, 'tmp', name);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileDurably(join(fresh, LIST), formatRecord(record), PRIVATE);
  renameDurably(fresh, join(store, name));
  return { name, number, record, isDone: false };
}

function finish({ name, record }: KeptReset, store: string): void {
  for (const path of record.put) {
    makeDirsDurably(dirname(join(store, name, path)), 0o700);
    moveOnce(join(store, path), join(store, name, path));
  }
  for (const path of record.back) moveOnce(join(store, record.from ?? name, path), join(store, path));
  writeFileDurably(join(store, name, DONE), `${record.id}\n`, PRIVATE);
}

function moveOnce(from: string, to: string): void {
  if (exists(from) && !exists(to)) renameDurably(from, to);
}

/** Only the last reset can be undone: what the others have put aside is deleted, a bit at each boot. */
function supersede({ name, record }: KeptReset, store: string): readonly string[] {
  const others = readKeptResets(store).filter((other) => other.name !== name && other.isDone);
  for (const other of others) {
    rmSync(join(store, 'tmp', other.name), { recursive: true, force: true });
    renameSync(join(store, other.name), join(store, 'tmp', other.name));
  }
  const isGone = others.some((other) => other.name !== record.from);
  return isGone ? ['what an earlier factory reset put aside is deleted'] : [];
}
