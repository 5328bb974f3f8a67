/**
 * Puts full copies in place of directories that were renamed, in a copy of an upper.
 *
 * Such a directory holds only what changed in it, and the name of where the rest lies in the layers below (DESIGN section
 * 7): over other layers that name would lead to something else, or nowhere.
 */
import { linkSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isBelowOne } from '../../core/store/tree-changes.ts';
import { runTool } from '../root/tools.ts';
import { writeAttributes } from './attributes.ts';
import { below, fromBytePath, readNames, toBytePath } from './byte-path.ts';
import { copyFile, copyTree } from './copy-tree.ts';
import type { TreeSurvey } from './survey-tree.ts';
import { withView } from './with-view.ts';

export interface RedirectRequest {
  /** The copy of the upper; it is changed. */
  readonly tree: string;
  readonly survey: TreeSurvey;
  /** Directories below it, top first. */
  readonly stack: readonly string[];
  /** An empty directory on the same file system. */
  readonly work: string;
}

/** @throws BootError CONTENT, IO */
export function resolveRedirects({ tree, survey, stack, work }: RedirectRequest): void {
  const { replaced, hasMetacopy } = survey;
  if (replaced.length === 0) return;
  const groups = linkGroups(toBytePath(tree));
  const view = join(work, 'view');
  mkdirSync(view);
  withView({ layers: [tree, ...stack], hasMetacopy, work: view }, (root) => {
    replaced.forEach((path, index) => {
      // A name that is not UTF-8 cannot be an argument: a link with a plain name leads there.
      const link = join(work, `from-${index}`);
      symlinkSync(fromBytePath(`${toBytePath(root)}/${path}`), link);
      const isDir = lstatSync(fromBytePath(`${toBytePath(root)}/${path}`)).isDirectory();
      if (isDir) copyTree(`${link}/.`, join(work, `full-${index}`));
      else copyFile(link, join(work, `full-${index}`));
    });
  });
  // Only now: what was below a replaced one is still read through the view until here.
  const parents = keepTimes('parent', replaced.map(parentOf), { tree, work });
  const opaque: string[] = [];
  replaced.forEach((path, index) => {
    const full = join(work, `full-${index}`);
    const place = fromBytePath(`${toBytePath(tree)}/${path}`);
    if (lstatSync(full).isDirectory()) opaque.push(path);
    rmSync(place, { recursive: true, force: true });
    renameSync(full, place);
  });
  writeAttributes(
    tree,
    opaque.map((path) => ({ path, name: 'trusted.overlay.opaque', value: '79' })),
  );
  parents.restore();
  const apart = groups.filter((group) => group.some((path) => isBelowOne(path, new Set(replaced))));
  const linked = keepTimes('link', apart.flat().map(parentOf), { tree, work });
  for (const group of apart) linkAgain(toBytePath(tree), group);
  linked.restore();
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The times of directories, to the nanosecond: Node would round them. */
function keepTimes(
  name: string,
  paths: readonly string[],
  { tree, work }: Pick<RedirectRequest, 'tree' | 'work'>,
): { readonly restore: () => void } {
  const kept = [...new Set(paths)].map((path, index) => {
    const dir = join(work, `${name}-dir-${index}`);
    const times = join(work, `${name}-times-${index}`);
    symlinkSync(fromBytePath(`${toBytePath(tree)}/${path}`), dir);
    runTool(['touch', '-r', dir, '--', times]);
    return { dir, times };
  });
  return {
    restore: () => {
      for (const { dir, times } of kept) runTool(['touch', '-r', times, '--', dir]);
    },
  };
}

/** Paths of files that are one file, several names each. */
function linkGroups(top: string): readonly (readonly string[])[] {
  const groups = new Map<bigint, string[]>();
  const visit = (path: string): void => {
    for (const entry of readNames(path === '' ? top : `${top}/${path}`)) {
      const found = below(path, entry.name);
      if (entry.isDirectory()) visit(found);
      else {
        const { ino, nlink, rdev } = lstatSync(fromBytePath(`${top}/${found}`), { bigint: true });
        const isWhiteout = entry.isCharacterDevice() && rdev === 0n;
        if (nlink > 1n && !isWhiteout) groups.set(ino, [...(groups.get(ino) ?? []), found]);
      }
    }
  };
  visit('');
  return [...groups.values()].filter((paths) => paths.length > 1);
}

/** Files that were copied apart from their other names become one file again. */
function linkAgain(top: string, [first = '', ...others]: readonly string[]): void {
  for (const path of others) {
    const place = fromBytePath(`${top}/${path}`);
    rmSync(place, { force: true });
    linkSync(fromBytePath(`${top}/${first}`), place);
  }
}
