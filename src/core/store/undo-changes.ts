/**
 * What has to be done to a running root so that paths are again as they were.
 *
 * Pure. Paths are byte strings, relative to the root.
 */
import { type FileChange, isWithin } from './root-diff.ts';

export type UndoStep =
  /** With all below it; what is there makes way. */
  | { readonly do: 'restore'; readonly path: string }
  | { readonly do: 'remove'; readonly path: string }
  /** A directory that stays, with what is in it. */
  | { readonly do: 'restoreRights'; readonly path: string };

/** @param changes from what is wanted to what is there, by path; @returns each path once, never one below another */
export function planUndo(changes: readonly FileChange[]): readonly UndoStep[] {
  const steps: UndoStep[] = [];
  const done: string[] = [];
  for (const { path, from, to } of changes) {
    if (done.length > 0 && isWithin(path, done)) continue;
    if (from === 'dir' && to === 'dir') {
      steps.push({ do: 'restoreRights', path });
      continue;
    }
    steps.push({ do: from === null ? 'remove' : 'restore', path });
    done.push(path);
  }
  return steps;
}

/**
 * Which of the differences between what is expected and what runs are in the way.
 * @param others by path; @returns the paths that would be changed although they are not as expected
 */
export function inTheWay(steps: readonly UndoStep[], others: readonly FileChange[]): readonly string[] {
  const paths = others.filter(({ path: other }) =>
    steps.some(({ do: step, path }) => {
      const isAbove = path.startsWith(`${other}/`);
      return path === other || isAbove || (step !== 'restoreRights' && isWithin(other, [path]));
    }),
  );
  return paths.map(({ path }) => path);
}
