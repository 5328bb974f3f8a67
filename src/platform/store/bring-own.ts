/**
 * Brings directories that the running system has elsewhere into the copy of its changes, as they are now.
 *
 * Invariant: each is opaque, so nothing older of that name shows through; what lies in it was at rest when it was read.
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnStep, OwnDir } from '../../app/ports.ts';
import { runTool } from '../root/tools.ts';
import { writeAttributes } from './attributes.ts';
import { copyAtRest } from './seal-live.ts';

/** Those that are there: a link leads to where the changes have it anyway. */
export function presentDirs(own: readonly OwnDir[]): readonly OwnDir[] {
  return own.filter(({ from }) => lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true);
}

export interface BringOwnRequest {
  /** A copy of the changes that belongs to us. */
  readonly tree: string;
  /** An empty place for what the copying needs. */
  readonly work: string;
  readonly own: readonly OwnDir[];
}

/** @throws BootError IO, UNAVAILABLE without the tools */
export function bringOwn({ tree, work, own }: BringOwnRequest, onStep: OnStep): void {
  for (const { path, from } of own) {
    const relative = path.slice(1);
    const opaque = makeParents(tree, dirname(relative), dirname(from));
    rmSync(join(tree, relative), { recursive: true, force: true });
    copyAtRest(from, join(tree, relative), work, onStep);
    const marked = [...opaque, relative];
    writeAttributes(
      tree,
      marked.map((each) => ({ path: each, name: 'trusted.overlay.opaque', value: '79' })),
    );
  }
}

/**
 * The directories above, with the rights of those that the running system has.
 * @returns those that take the place of something deleted, and so hide what was there
 */
function makeParents(tree: string, path: string, like: string): readonly string[] {
  if (path === '.') return [];
  const above = makeParents(tree, dirname(path), dirname(like));
  const place = join(tree, path);
  const there = lstatSync(place, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return above;
  rmSync(place, { force: true });
  mkdirSync(place);
  for (const tool of ['chmod', 'chown']) runTool([tool, `--reference=${like}`, '--', place]);
  return there === undefined ? above : [...above, path];
}
