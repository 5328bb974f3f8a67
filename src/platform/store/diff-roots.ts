/** What differs between two deployments: files, packages, and text files line by line. Reads only. */
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompareRequest, RootDiff, RootSide } from '../../app/ports.ts';
import { comparePackages } from '../../core/store/packages.ts';
import type { FileChange } from '../../core/store/root-diff.ts';
import { tryTool, whyFailed } from '../root/tools.ts';
import { fromBytePath, shownPath, toBytePath } from './byte-path.ts';
import { compareRoots } from './compare-roots.ts';
import { readPackages } from './read-packages.ts';
import { type Sides, type SidesRequest, withSides } from './with-sides.ts';

/** @throws BootError ABSENT, CONTENT, IO, UNAVAILABLE without the tools */
export function diffRoots(
  request: SidesRequest,
  sides: readonly [RootSide, RootSide],
  { paths, content }: CompareRequest,
): RootDiff {
  return withSides(request, sides, (mounted) => {
    const files = compareRoots({ ...mounted, paths });
    const [before, after] = [readPackages(mounted.from), readPackages(mounted.to)];
    const packages = before === null || after === null ? null : comparePackages(before, after);
    return { files, packages, texts: content ? diffTexts(mounted, files, request.runDir) : {} };
  });
}

/** Larger files are no text that anybody reads here. */
const TEXT_BYTES = 1024 * 1024;

/** Copies are compared, because diff(1) takes no names that are no text, and follows links. */
function diffTexts(
  { from, to }: Sides,
  files: readonly FileChange[],
  runDir: string,
): Readonly<Record<string, string>> {
  const work = mkdtempSync(join(runDir, 'diff-'));
  try {
    const texts = files.flatMap((change): readonly (readonly [string, string])[] => {
      const isFile = [change.from, change.to].every((kind) => kind === null || kind === 'file');
      const isOther = change.change !== 'changed' || change.what.includes('content');
      const sides = isFile && isOther ? [from, to].map((root) => readText(root, change.path)) : [null];
      const [one, other] = sides;
      if (one == null || other == null) return [];
      return [[change.path, diffText(work, [one, other], change.path)]];
    });
    return Object.fromEntries(texts.filter(([, text]) => text !== ''));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns null for what is no text; '' for what is not there */
function readText(root: string, path: string): Buffer | null {
  let file: number;
  try {
    const place = fromBytePath(`${toBytePath(root)}/${path}`);
    file = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(file);
    if (size > TEXT_BYTES) return null;
    const bytes = Buffer.alloc(size);
    const text = bytes.subarray(0, readSync(file, bytes));
    return text.includes(0) ? null : text;
  } finally {
    closeSync(file);
  }
}

function diffText(work: string, texts: readonly [Buffer, Buffer], path: string): string {
  const [one, other] = [join(work, 'a'), join(work, 'b')];
  writeFileSync(one, texts[0]);
  writeFileSync(other, texts[1]);
  const name = shownPath(path);
  const argv = ['diff', '-u', '--text', '--label', `a/${name}`, '--label', `b/${name}`, one, other];
  const finished = tryTool(argv);
  // 1: they differ.
  return finished.status === 1
    ? finished.stdout
    : finished.status === 0
      ? ''
      : `cannot compare: ${whyFailed(finished)}\n`;
}
