/**
 * Packs or copies a tree that somebody may write to, so that what is kept is what lay there at rest.
 *
 * Each look is compared with the one before: what changed between two was perhaps read half, and is read again. What
 * never comes to rest (a log that grows by the second) is kept as it was read last, and named.
 */
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnStep } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import {
  changesBetween,
  type Look,
  pathsToCopy,
  type Seen,
  straysIn,
  type TreeChanges,
} from '../../core/store/tree-changes.ts';
import { pause, runTool, tryTool, whyFailed } from '../root/tools.ts';
import { below, fromBytePath, readNames, shownPath, toBytePath, unlessGone } from './byte-path.ts';
import { copyLiveTree } from './copy-tree.ts';
import { type ImageForm, packTree } from './pack-tree.ts';

const ROUNDS = 5;
const NAMED = 10;
const LIMIT_MS = 6 * 60 * 60_000;
/** Longer than a tick of any kernel's clock: two writes within one tick leave the same time. */
const TICK_MS = 20;

/** @returns false when something changed meanwhile. @throws BootError as packTree */
export function packAtRest(form: ImageForm, upper: string, image: string): boolean {
  const before = lookAt(upper);
  try {
    packTree(form, upper, image);
  } catch (error) {
    // A file that vanished stops the packer, and is no fault.
    if (!(error instanceof BootError && error.code === 'IO') || isSame(before, lookAt(upper))) throw error;
  }
  const rests = isSame(before, lookAt(upper));
  if (!rests) rmSync(image, { force: true });
  return rests;
}

/** Copies `upper` to `tree`, and what changed meanwhile again. @throws BootError IO */
export function copyAtRest(upper: string, tree: string, work: string, onStep: OnStep): void {
  let before = lookAt(upper);
  copyLiveTree(upper, tree);
  for (let round = 1; ; round += 1) {
    const after = lookAt(upper);
    const { gone, renewed } = changesBetween(before, after);
    // Later rounds copy only what a look has seen.
    const strays = round === 1 ? straysIn(lookAt(tree), after) : [];
    const changes = { gone: [...new Set([...gone, ...strays])], renewed };
    if (changes.gone.length + changes.renewed.length === 0) return;
    if (round > ROUNDS) {
      onStep(describeRestless(changes, before, after));
      return;
    }
    onStep(`reading again what changed meanwhile: ${changes.renewed.length + changes.gone.length} files`);
    copyChanges({ upper, tree, work }, changes.gone, pathsToCopy(changes, after));
    before = after;
  }
}

function describeRestless({ gone, renewed }: TreeChanges, before: Look, after: Look): string {
  const files = renewed.filter((path) => after.get(path)?.isDir === false);
  // What goes on changing tells more than what comes and goes.
  const lasting = files.filter((path) => before.has(path));
  const all = [...lasting, ...files.filter((path) => !before.has(path)), ...gone];
  const names = all.slice(0, NAMED).map((path) => `'/${shownPath(path)}'`);
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : '';
  return `these files did not stop changing, and are kept as they were read last: ${names.join(', ')}${more}`;
}

interface CopyPlaces {
  readonly upper: string;
  readonly tree: string;
  readonly work: string;
}

/** By tar(1): it takes a list of names, whatever bytes they are of, and keeps what is linked together linked. */
function copyChanges({ upper, tree, work }: CopyPlaces, gone: readonly string[], renewed: readonly string[]): void {
  for (const path of gone) rmSync(fromBytePath(`${toBytePath(tree)}/${path}`), { recursive: true, force: true });
  if (renewed.length === 0) return;
  const list = join(work, 'changed');
  const archive = join(work, 'changed.tar');
  writeFileSync(list, renewed.map((path) => `./${path}\0`).join(''), 'latin1');
  const keep = ['--format=posix', '--xattrs', '--xattrs-include=*', '--acls', '--sparse', '--numeric-owner'];
  const names = ['--no-recursion', '--null', '--verbatim-files-from', `--files-from=${list}`];
  const argv = ['tar', '--create', `--file=${archive}`, ...keep, `--directory=${upper}`, ...names];
  // 1: a file changed while it was read. 2: one vanished. The next look finds both.
  const made = tryTool(argv, { timeoutMs: LIMIT_MS });
  if (made.status !== 0 && made.status !== 1 && !isOnlyGone(made.stderr)) {
    throw new BootError('IO', `cannot copy '${upper}': ${whyFailed(made)}`);
  }
  const put = ['--same-permissions', '--same-owner', '--delay-directory-restore', `--directory=${tree}`];
  runTool(['tar', '--extract', `--file=${archive}`, ...keep.slice(1), ...put], { timeoutMs: LIMIT_MS });
  rmSync(archive);
}

function isOnlyGone(said: string): boolean {
  const lines = said.split('\n').filter((line) => line !== '');
  return lines.every((line) => /No such file|removed before|changed as we read|socket ignored|Exiting with/.test(line));
}

function isSame(before: Look, after: Look): boolean {
  const { gone, renewed } = changesBetween(before, after);
  return gone.length + renewed.length === 0;
}

/** All of a tree as it is now; what is read afterwards was not written within the same tick of the clock. */
function lookAt(dir: string): Look {
  const top = toBytePath(dir);
  const seen = new Map<string, Seen>();
  const visit = (path: string): void => {
    const at = path === '' ? top : `${top}/${path}`;
    const stat = lstatSync(fromBytePath(at), { bigint: true });
    const isDir = stat.isDirectory();
    const { mode, size, mtimeNs, ctimeNs } = stat;
    seen.set(path === '' ? '.' : path, { isDir, inode: stat.ino, mark: [mode, size, mtimeNs, ctimeNs].join(':') });
    if (!isDir) return;
    for (const { name } of readNames(at)) unlessGone(() => visit(below(path, name)));
  };
  visit('');
  pause(TICK_MS);
  return seen;
}
