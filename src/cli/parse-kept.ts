/**
 * The words after `keep`, `pin`, `unpin`, `cleanup`, `diff`, `undo` and `packages`.
 *
 * Pure.
 */
import { PACKAGE_MANAGERS } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { SNAPSHOT_RULES, SNAPSHOT_TYPES, type Snapshot } from '../core/store/snapshot.ts';
import type { KeepCommand, KeptCommand } from './command.ts';
import { none, oneOf, required } from './demand-words.ts';
import { parseBootable, parseSlotName, parseSnapshotNumber, type Words } from './words.ts';

/** @throws BootError USAGE */
export function parseKeep(rest: readonly string[], given: Words): KeepCommand {
  none('keep', rest, 0);
  const of = given.value('of');
  const type = oneOf('keep', given.value('type') ?? 'single', SNAPSHOT_TYPES);
  const [cleanup, hook] = [given.value('cleanup'), given.value('hook')];
  return {
    verb: 'keep',
    of: of === null ? null : parseSlotName(of),
    type,
    preNumber: parsePre(type, given.value('pre')),
    description: given.value('description') ?? '',
    userData: parseUserData(given.values('user-data')),
    cleanup: cleanup === null ? null : oneOf('keep', cleanup, SNAPSHOT_RULES),
    pinned: given.has('pin'),
    hook: hook === null ? null : oneOf('keep', hook, PACKAGE_MANAGERS),
    printNumber: given.has('print-number'),
    dryRun: given.has('dry-run'),
  };
}

function parsePre(type: Snapshot['type'], pre: string | null): number | null {
  if ((type === 'post') === (pre !== null)) return pre === null ? null : parseSnapshotNumber(pre);
  throw new BootError('USAGE', "'--type post' and '--pre NUMBER' go together", {
    hint: 'a post names the snapshot that was taken before the same change',
  });
}

function parseUserData(words: readonly string[]): Readonly<Record<string, string>> {
  const entries = words.map((word): readonly [string, string] => {
    const sign = word.indexOf('=');
    if (sign > 0) return [word.slice(0, sign), word.slice(sign + 1)];
    throw new BootError('USAGE', `'${word}' is no user data`, { hint: 'write it as --user-data KEY=VALUE' });
  });
  return Object.fromEntries(entries);
}

/** @throws BootError USAGE */
export function parsePin(verb: 'pin' | 'unpin', rest: readonly string[], given: Words): KeptCommand {
  required(verb, rest, 0);
  return { verb, numbers: rest.map(parseSnapshotNumber), dryRun: given.has('dry-run') };
}

/** @throws BootError USAGE */
export function parseCleanup(rest: readonly string[], given: Words): KeptCommand {
  none('cleanup', rest, 0);
  return { verb: 'cleanup', dryRun: given.has('dry-run') };
}

/** @throws BootError USAGE */
export function parseDiff(rest: readonly string[], given: Words): KeptCommand {
  const [from, to] = [parseBootable(required('diff', rest, 0)), parseBootable(required('diff', rest, 1))];
  const [content, json] = [given.has('content'), given.has('json')];
  return { verb: 'diff', from, to, paths: rest.slice(2).map(parsePath), content, json };
}

/** @throws BootError USAGE */
export function parseUndo(rest: readonly string[], given: Words): KeptCommand {
  const [from, to] = [parseBootable(required('undo', rest, 0)), parseBootable(required('undo', rest, 1))];
  required('undo', rest, 2);
  const paths = rest.slice(2).map(parsePath);
  return { verb: 'undo', from, to, paths, force: given.has('force'), dryRun: given.has('dry-run') };
}

/** @throws BootError USAGE */
export function parsePackages(rest: readonly string[], given: Words): KeptCommand {
  const of = parseBootable(required('packages', rest, 0));
  none('packages', rest, 2);
  return { verb: 'packages', of, name: rest[1] ?? null, json: given.has('json') };
}

/** Relative to the root, without a slash at either end. @throws BootError USAGE */
function parsePath(word: string): string {
  const parts = word.split('/').filter((part) => part !== '' && part !== '.');
  const isWhole = word.startsWith('/') && parts.length > 0 && !parts.includes('..') && !word.includes('\0');
  if (isWhole) return parts.join('/');
  throw new BootError('USAGE', `'${word}' is no path in a root`, {
    hint: "write it whole, such as /etc/hosts, without '..'",
  });
}
