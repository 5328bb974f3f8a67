/**
 * Copies trees with all that belongs to them: by cp(1), which knows every kind of file, holes, links and attributes.
 */
import { BootError } from '../../core/errors.ts';
import { runTool, tryTool, whyFailed } from '../root/tools.ts';

const LIMIT_MS = 6 * 60 * 60_000;
/** What an image shows of a file with holes has none: 5 GB of zeros would be written. */
const HOLES = '--sparse=always';
/** Named one by one: `all` and `-a` do not fail when an attribute is lost. */
const KEEP = '--preserve=mode,ownership,timestamps,links,xattr';

/**
 * Copies what `from` holds into `to`, which takes its rights and times too; it is made where it is missing.
 * @throws BootError IO
 */
export function copyTree(from: string, to: string): void {
  runTool(['cp', '-R', '--no-dereference', KEEP, HOLES, '--no-target-directory', '--', from, to], {
    timeoutMs: LIMIT_MS,
  });
}

/** As {@link copyTree}, of a tree that somebody writes to: what vanishes meanwhile is left out. @throws BootError IO */
export function copyLiveTree(from: string, to: string): void {
  const argv = ['cp', '-R', '--no-dereference', KEEP, HOLES, '--no-target-directory', '--', from, to];
  const finished = tryTool(argv, { timeoutMs: LIMIT_MS, maxOutputBytes: 256 * 1024 * 1024 });
  const lines = finished.stderr.split('\n').filter((line) => line !== '');
  const gone = (line: string): boolean => /No such file or directory|skipping file .* as it was replaced/.test(line);
  if (finished.status === 0 || (finished.status === 1 && lines.every(gone))) return;
  throw new BootError('IO', `cannot copy '${from}': ${whyFailed(finished)}`);
}

/** Copies one file that a symbolic link leads to. @throws BootError IO */
export function copyFile(from: string, to: string): void {
  runTool(['cp', '--dereference', KEEP, HOLES, '--no-target-directory', '--', from, to], { timeoutMs: LIMIT_MS });
}
