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

function failed(what: string, finished: Parameters<typeof whyFailed>[0]): BootError {
  if (/not found/.test(`${finished.trouble} ${finished.stderr}`)) {
    return new BootError('UNAVAILABLE', `${what}: 'getfattr' and 'setfattr' are missing`, {
      hint: "install the package 'attr'",
    });
  }
  return new BootError('IO', `${what}: ${whyFailed(finished)}`);
}
