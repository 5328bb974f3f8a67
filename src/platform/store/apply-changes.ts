/**
 * Applies a layer's changes to a plain tree, so that it shows what an overlay of the two would show.
 *
 * Invariant: the changes are only read. A file that takes the place of another one is a new file, never written into the
 * old one: that may have other names.
 */
import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attribute } from '../../core/store/attribute-dump.ts';
import { runTool } from '../root/tools.ts';
import { readAttributes } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath } from './byte-path.ts';
import { copyTree } from './copy-tree.ts';

const OPAQUE = 'trusted.overlay.opaque';
const LIMIT_MS = 60 * 60_000;

/**
 * @param changes an overlay's upper or lower directory, without redirects; @param target the tree, which is changed
 * @param work an empty directory
 * @throws BootError IO, UNAVAILABLE without the tools
 */
export function applyChanges(changes: string, target: string, work: string): void {
  const marks = readAttributes(changes, { pattern: '^trusted\\.overlay\\.' });
  const opaque = marks.filter(({ name, value }) => name === OPAQUE && value === '79');
  const whiteouts = clearTheWay(toBytePath(changes), toBytePath(target), new Set(opaque.map(({ path }) => path)));
  copyTree(changes, target);
  // The copy has brought all of them along, too.
  for (const path of whiteouts) rmSync(at(toBytePath(target), path), { force: true });
  const deleted = new Set(whiteouts);
  removeMarks(
    target,
    marks.filter(({ path }) => !deleted.has(path)),
    work,
  );
  restoreDirectories([...new Set(whiteouts.map(parentOf))], { changes, target, work });
}

/** Deletes what the changes hide. @returns the names that they delete; byte strings, relative */
function clearTheWay(changes: string, target: string, opaque: ReadonlySet<string>): readonly string[] {
  const whiteouts: string[] = [];
  const visit = (dir: string): void => {
    for (const entry of readNames(dir === '' ? changes : `${changes}/${dir}`)) {
      const path = below(dir, entry.name);
      const there = lstatSync(at(target, path), { throwIfNoEntry: false });
      const staysDirectory = entry.isDirectory() && there?.isDirectory() === true && !opaque.has(path);
      if (there !== undefined && !staysDirectory) rmSync(at(target, path), { recursive: true, force: true });
      if (entry.isDirectory()) visit(path);
      else if (entry.isCharacterDevice() && lstatSync(at(changes, path)).rdev === 0) whiteouts.push(path);
    }
  };
  visit('');
  return whiteouts;
}

/** By xargs(1), which takes names of whatever bytes. */
function removeMarks(target: string, marks: readonly Attribute[], work: string): void {
  for (const [name, found = []] of Object.entries(Object.groupBy(marks, (mark) => mark.name))) {
    const list = join(work, 'marked');
    writeFileSync(list, found.map(({ path }) => `./${path}\0`).join(''), 'latin1');
    const argv = ['xargs', '-0', '-a', list, 'setfattr', '-h', '-x', name, '--'];
    runTool(argv, { cwd: target, timeoutMs: LIMIT_MS });
    rmSync(list);
  }
}

interface Trees {
  readonly changes: string;
  readonly target: string;
  readonly work: string;
}

/** Their times have changed with what was deleted in them. By tar(1), which takes names of whatever bytes. */
function restoreDirectories(paths: readonly string[], { changes, target, work }: Trees): void {
  if (paths.length === 0) return;
  const [list, archive] = [join(work, 'directories'), join(work, 'directories.tar')];
  writeFileSync(list, paths.map((path) => `./${path}\0`).join(''), 'latin1');
  const names = ['--no-recursion', '--null', '--verbatim-files-from', `--files-from=${list}`];
  const keep = ['--format=posix', '--numeric-owner'];
  runTool(['tar', '--create', `--file=${archive}`, ...keep, `--directory=${changes}`, ...names], {
    timeoutMs: LIMIT_MS,
  });
  const put = ['--same-permissions', '--same-owner', '--delay-directory-restore', `--directory=${target}`];
  runTool(['tar', '--extract', `--file=${archive}`, '--numeric-owner', ...put], { timeoutMs: LIMIT_MS });
  for (const file of [list, archive]) rmSync(file);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function at(top: string, path: string): Buffer {
  return fromBytePath(`${top}/${path}`);
}
