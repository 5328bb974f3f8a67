/**
 * Extended attributes of whole trees, by getfattr(1) and setfattr(1): Node has no calls for them.
 */

import { BootError } from '../../core/errors.ts';
import { type Attribute, formatAttributeDump, parseAttributeDump } from '../../core/store/attribute-dump.ts';
import { tryTool, whyFailed } from '../root/tools.ts';

const LIMIT_MS = 30 * 60_000;
/** SELinux labels of a million files fit. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

export interface AttributeSearch {
  /** An extended regular expression for the names. */
  readonly pattern: string;
  /** Files may vanish meanwhile. */
  readonly isLive?: boolean;
}

/**
 * All attributes at and below a directory whose names match.
 * @throws BootError UNAVAILABLE without getfattr, IO
 */
export function readAttributes(dir: string, { pattern, isLive = false }: AttributeSearch): readonly Attribute[] {
  const argv = ['getfattr', '-R', '-P', '-h', '-d', '-m', pattern, '-e', 'hex', '--', '.'];
  const limits = { timeoutMs: LIMIT_MS, maxOutputBytes: MAX_OUTPUT_BYTES };
  const finished = tryTool(argv, { cwd: dir, encoding: 'latin1', ...limits });
  if (finished.status === 0 || (finished.status === 1 && (isLive || hasNone(finished.stderr)))) {
    return parseAttributeDump(finished.stdout);
  }
  throw failed(`cannot read the attributes of the files in '${dir}'`, finished);
}

/** A squashfs image without a single attribute answers so for every file. */
function hasNone(said: string): boolean {
  const lines = said.split('\n').filter((line) => line !== '');
  return lines.every((line) => line.endsWith('Operation not supported'));
}

/** @throws BootError UNAVAILABLE without setfattr, IO */
export function writeAttributes(dir: string, attributes: readonly Attribute[]): void {
  if (attributes.length === 0) return;
  const finished = tryTool(['setfattr', '-h', '--restore=-'], {
    cwd: dir,
    input: formatAttributeDump(attributes),
    timeoutMs: LIMIT_MS,
  });
  if (finished.status !== 0) throw failed(`cannot set attributes of files in '${dir}'`, finished);
}

/** What a mounted overlay never shows; what lies in a layer may have it. */
export const OVERLAYS = /^(trusted|user)\.overlay\./;

/**
 * The attributes of these files alone, by path and name, those of overlay itself among them. A file that is not there has none.
 * @param paths byte strings, relative to `root`
 * @throws BootError UNAVAILABLE without getfattr, IO
 */
export function attributesAt(root: string, paths: readonly string[]): readonly Attribute[] {
  if (paths.length === 0) return [];
  const argv = ['xargs', '-0', 'getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '--'];
  const limits = { timeoutMs: LIMIT_MS, maxOutputBytes: MAX_OUTPUT_BYTES, encoding: 'latin1' } as const;
  // The names go through a pipe, as they are no text, and may be many.
  const input = Buffer.from(paths.map((path) => `./${path}\0`).join(''), 'latin1');
  const finished = tryTool(argv, { cwd: root, input, ...limits });
  // 123: a file of the running system has vanished meanwhile.
  if (finished.status !== 0 && finished.status !== 123) {
    throw failed(`cannot read the attributes of the files in '${root}'`, finished);
  }
  const found = [...parseAttributeDump(finished.stdout)];
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Gives files of the one root the attributes that they have in the other. @throws BootError UNAVAILABLE, IO */
export function bringAttributes(from: string, to: string, paths: readonly string[]): void {
  const [wanted, there] = [from, to].map((root) =>
    attributesAt(root, paths).filter(({ name }) => !OVERLAYS.test(name)),
  );
  const isIn = (list: readonly Attribute[] | undefined, { path, name, value }: Attribute, isValue: boolean): boolean =>
    list?.some((other) => other.path === path && other.name === name && (!isValue || other.value === value)) === true;
  for (const each of there ?? []) {
    if (isIn(wanted, each, false)) continue;
    const input = Buffer.from(`./${each.path}\0`, 'latin1');
    const finished = tryTool(['xargs', '-0', 'setfattr', '-h', '-x', each.name, '--'], { cwd: to, input });
    if (finished.status !== 0) throw failed(`cannot take an attribute from a file in '${to}'`, finished);
  }
  writeAttributes(to, wanted?.filter((each) => !isIn(there, each, true)) ?? []);
}

function failed(what: string, finished: Parameters<typeof whyFailed>[0]): BootError {
  if (/not found/.test(`${finished.trouble} ${finished.stderr}`)) {
    return new BootError('UNAVAILABLE', `${what}: 'getfattr' and 'setfattr' are missing`, {
      hint: "install the package 'attr'",
    });
  }
  return new BootError('IO', `${what}: ${whyFailed(finished)}`);
}
