/**
 * Snapshots that Snapper made, as they lie on the data partition.
 *
 * Reads only.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSnapperInfo, type SnapperSnapshot } from '../../core/btrfs/snapper-info.ts';
import { describeError } from '../../core/errors.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { namesIn } from '../store/store-files.ts';

export interface SnapperListing {
  /** By number. */
  readonly snapshots: readonly SnapperSnapshot[];
  readonly problems: readonly string[];
}

/** @param top of the file system; @param place of the directory with the numbers, below it */
export function readSnapper(top: string, place: string): SnapperListing {
  try {
    const dir = resolveInRoot(top, place);
    if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
      return {
        snapshots: [],
        problems: [`there is no '${place}' on the data partition, where Snapper's snapshots should be`],
      };
    }
    const read = namesIn(dir).flatMap((name) =>
      /^[1-9]\d{0,8}$/.test(name) ? [readOne(join(dir, name), Number(name))] : [],
    );
    const snapshots = read.filter((each) => typeof each !== 'string');
    return {
      snapshots: snapshots.sort((left, right) => left.number - right.number),
      problems: read.filter((each) => typeof each === 'string'),
    };
  } catch (error) {
    return { snapshots: [], problems: [`cannot read Snapper's snapshots in '${place}': ${describeError(error)}`] };
  }
}

/** @returns in words what is wrong with it, instead */
function readOne(dir: string, number: number): SnapperSnapshot | string {
  const what = `Snapper's snapshot ${number}`;
  try {
    if (lstatSync(join(dir, 'snapshot'), { throwIfNoEntry: false })?.isDirectory() !== true) {
      return `${what} has no files any more`;
    }
    return parseSnapperInfo(readFileSync(join(dir, 'info.xml'), 'utf8'), number) ?? `${what} has a damaged info.xml`;
  } catch (error) {
    return `${what} cannot be read: ${describeError(error)}`;
  }
}
