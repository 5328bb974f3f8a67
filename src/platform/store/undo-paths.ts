/**
 * Brings paths of the running root back to how another deployment has them: through the mounted root, never in its upper.
 *
 * Effects in this order: 1 what comes back is copied to a directory of our own in the root, and flushed; 2 one rename for each
 * path; 3 what made way is deleted, and our directory too. A cut leaves each path as it was or as it should be, and our
 * directory, which the next undo clears away. Invariant: a path is reached directory by directory, and none of them may be a
 * link, so nothing outside of the root is ever touched.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RootSide, UndoRequest } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { type FileChange, isWithin } from '../../core/store/root-diff.ts';
import { inTheWay, planUndo, type UndoStep } from '../../core/store/undo-changes.ts';
import { mountEntries } from '../root/mounting.ts';
import { errorCode, runTool } from '../root/tools.ts';
import { bringAttributes } from './attributes.ts';
import { fromBytePath, shownPath, toBytePath } from './byte-path.ts';
import { compareRoots } from './compare-roots.ts';
import { type SidesRequest, withRunning, withSides } from './with-sides.ts';

const OWN = '.lifeboot-undo';
const LIMIT_MS = 60 * 60_000;

/** @throws BootError REFUSED, CONTENT, ABSENT, IO, UNAVAILABLE */
export function undoPaths(
  request: SidesRequest,
  sides: readonly [RootSide, RootSide],
  { paths, force, dryRun }: UndoRequest,
): readonly FileChange[] {
  refuseMounted(request.systemRoot, paths);
  return withSides(request, sides, ({ from, to, touched }) =>
    withRunning(request, (root) => {
      const changes = compareRoots({ from, to, touched, paths });
      const steps = planUndo(changes);
      refuseSockets(changes);
      if (!force && !sides[1].isRunning && steps.length > 0) {
        const others = compareRoots({ from: to, to: root, touched: null, paths: steps.map(({ path }) => path) });
        refuseOthers(inTheWay(steps, [...others, ...changedAbove(to, root, steps)]));
      }
      if (!dryRun && steps.length > 0) perform(from, root, steps);
      return changes;
    }),
  );
}

function refuseMounted(systemRoot: string, paths: readonly string[]): void {
  const top = systemRoot === '/' ? '/' : `${systemRoot}/`;
  const points = mountEntries().flatMap(({ point }) => (point.startsWith(top) ? [point.slice(top.length)] : []));
  const mounted = points.filter((point) => point !== '').map(toBytePath);
  const path = mounted.length === 0 ? undefined : paths.find((each) => isWithin(each, mounted));
  if (path === undefined) return;
  throw new BootError('REFUSED', `'/${shownPath(path)}' is no part of the root: something is mounted there`, {
    hint: 'persistent directories belong to no deployment',
  });
}

function refuseSockets(changes: readonly FileChange[]): void {
  const socket = changes.find(({ from }) => from === 'socket');
  if (socket === undefined) return;
  throw new BootError('CONTENT', `'/${shownPath(socket.path)}' was a socket, which no copy brings back`, {
    hint: 'whatever made it makes it again; name the other paths',
  });
}

/** Directories that lead to a path, where one root has something else in their place. */
function changedAbove(expected: string, root: string, steps: readonly UndoStep[]): readonly FileChange[] {
  const dirs = new Set(steps.flatMap(({ path }) => dirsAbove(path)));
  const isDir = (top: string, path: string): boolean =>
    lstatSync(fromBytePath(`${toBytePath(top)}/${path}`), { throwIfNoEntry: false })?.isDirectory() === true;
  return [...dirs]
    .filter((path) => isDir(expected, path) && !isDir(root, path))
    .map((path) => ({ path, change: 'changed', from: 'dir', to: null, what: ['kind'] }));
}

function dirsAbove(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function refuseOthers(paths: readonly string[]): void {
  if (paths.length === 0) return;
  const named = paths.slice(0, 3).map((path) => `'/${shownPath(path)}'`);
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  throw new BootError('REFUSED', `changed again since: ${named.join(', ')}${more}; nothing is undone`, {
    hint: "'lifeboot diff' shows what changed; '--force' gives that up",
  });
}

function perform(from: string, root: string, steps: readonly UndoStep[]): void {
  const own = join(root, OWN);
  runTool(['rm', '-rf', '--one-file-system', '--', own], { timeoutMs: LIMIT_MS });
  for (const dir of [own, join(own, 'old'), join(own, 'new')]) mkdirSync(dir, { mode: 0o700 });
  const restored = steps.filter((step) => step.do === 'restore').map(({ path }) => path);
  const rights = steps.filter((step) => step.do === 'restoreRights').map(({ path }) => path);
  copyBack(from, join(own, 'new'), restored, own);
  for (const [index, step] of steps.entries()) {
    const away = join(own, 'old', String(index));
    if (step.do === 'restoreRights') restoreRights(from, root, step.path);
    else
      inParent(root, step.path, (place) => {
        const fresh = step.do === 'restore' ? fromBytePath(`${toBytePath(join(own, 'new'))}/${step.path}`) : null;
        replace(place, fresh, away);
      });
  }
  bringAttributes(from, root, rights);
  runTool(['sync', '-f', '--', root], { timeoutMs: LIMIT_MS });
  runTool(['rm', '-rf', '--one-file-system', '--', own], { timeoutMs: LIMIT_MS });
}

/** By tar(1): it takes a list of names, whatever bytes they are of, and keeps all that a file has. */
function copyBack(from: string, to: string, paths: readonly string[], work: string): void {
  if (paths.length === 0) return;
  const [list, archive] = [join(work, 'list'), join(work, 'archive')];
  writeFileSync(list, paths.map((path) => `./${path}\0`).join(''), 'latin1');
  const keep = ['--xattrs', '--xattrs-include=*', '--acls', '--numeric-owner'];
  const names = ['--null', '--verbatim-files-from', `--files-from=${list}`];
  const argv = [
    'tar',
    '--create',
    `--file=${archive}`,
    '--format=posix',
    '--sparse',
    ...keep,
    `--directory=${from}`,
    ...names,
  ];
  runTool(argv, { timeoutMs: LIMIT_MS });
  const put = ['--same-permissions', '--same-owner', '--delay-directory-restore', `--directory=${to}`];
  runTool(['tar', '--extract', `--file=${archive}`, ...keep, ...put], { timeoutMs: LIMIT_MS });
  runTool(['sync', '-f', '--', to], { timeoutMs: LIMIT_MS });
}

/** A file is replaced by one rename. Where a directory is or was, it makes way first: the one case with two of them. */
function replace(place: string | Buffer, fresh: Buffer | null, away: string): void {
  const isDir = (path: string | Buffer): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const isThere = lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  if (isThere && (fresh === null || isDir(place) || isDir(fresh))) putAway(place, away);
  if (fresh !== null) renameSync(fresh, place);
}

function putAway(place: string | Buffer, away: string): void {
  try {
    renameSync(place, away);
  } catch (error) {
    // An overlay that cannot rename what lies in its layers.
    if (errorCode(error) !== 'EXDEV') throw error;
    rmSync(place, { recursive: true });
  }
}

const DIR = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Calls `work` with the path's place in its directory, which is held open, so that nobody can put a link in the way. */
function inParent(root: string, path: string, work: (place: Buffer) => void): void {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  const dir = openDir(root, parts, path);
  try {
    work(fromBytePath(`/proc/self/fd/${dir}/${name}`));
    fsyncSync(dir);
  } finally {
    closeSync(dir);
  }
}

function openDir(root: string, parts: readonly string[], path: string): number {
  let dir = openSync(root, DIR);
  for (const part of parts) {
    const above = dir;
    try {
      dir = openSync(fromBytePath(`/proc/self/fd/${above}/${part}`), DIR);
    } catch (cause) {
      const code = errorCode(cause);
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw cause;
      const what = code === 'ENOENT' ? 'is not there' : 'is no directory';
      throw new BootError('REFUSED', `'/${shownPath(path)}' cannot be brought back: its directory ${what}`, {
        cause,
        hint: 'undo the directory as well',
      });
    } finally {
      closeSync(above);
    }
  }
  return dir;
}

function restoreRights(from: string, root: string, path: string): void {
  const { mode, uid, gid } = lstatSync(fromBytePath(`${toBytePath(from)}/${path}`));
  const dir = openDir(root, path.split('/'), path);
  try {
    fchownSync(dir, uid, gid);
    // After the owner: a change of owner clears the set-id bits.
    fchmodSync(dir, mode & 0o7777);
    fsyncSync(dir);
  } finally {
    closeSync(dir);
  }
}
