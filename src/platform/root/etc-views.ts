/**
 * What `/etc` is below an upper, and what an upper makes of a base that is not there any more.
 *
 * The kernel alone knows what an upper means: whiteouts, opaque and renamed directories. So the upper is mounted over a
 * skeleton of the old base, in which each file holds only its own name; what still shows such a name was not changed.
 */
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { EtcEntry, EtcTree } from '../../core/etc/etc-tree.ts';
import { listTree } from './list-tree.ts';
import { mount, unmountBelow } from './mounting.ts';
import { overlayParameters } from './overlay-parameters.ts';
import type { Places } from './places.ts';

/** Nobody writes this into a file of his own. */
const MARK = 'lifeboot: as in the base: ';

/** Where it works, below the run directory. */
const WORK = 'carry';

/**
 * Runs `work` with the root of a deployment without an upper.
 * @param lower layers, top first, relative to the run directory
 */
export function withoutUpper<T>(lower: readonly string[], places: Places, work: (root: string) => T): T {
  const base = relative(places.runDir, places.base);
  return lower.length === 0 ? work(places.base) : withOverlay([...lower, base], 'next', places, work);
}

/** Runs `work` with `/etc` as the upper at `dir` shows it over the old base, and its list. */
export function withLocalEtc<T>(
  dir: string,
  base: EtcTree,
  places: Places,
  work: (etc: string, local: EtcTree) => T,
): T {
  const skeleton = join(places.runDir, WORK, 'skeleton');
  try {
    makeSkeleton(join(skeleton, 'etc'), base);
    const names = [dir, skeleton].map((each) => relative(places.runDir, each));
    return withOverlay(names, 'local', places, (root) => {
      const etc = join(root, 'etc');
      return work(
        etc,
        listTree(etc, (content) => originOf(content, base)),
      );
    });
  } finally {
    rmSync(skeleton, { recursive: true, force: true });
  }
}

/** @returns whether a file of such a view has no content of its own */
export function isUnchanged(content: Buffer | string): boolean {
  const head =
    typeof content === 'string' ? content.slice(0, MARK.length) : content.subarray(0, MARK.length).toString();
  return head === MARK;
}

function originOf(content: Buffer | string, base: EtcTree): EtcEntry | null {
  return isUnchanged(content) ? (base.get(String(content).slice(MARK.length)) ?? null) : null;
}

function makeSkeleton(etc: string, base: EtcTree): void {
  rmSync(dirname(etc), { recursive: true, force: true });
  mkdirSync(etc, { recursive: true });
  for (const [path, entry] of base) {
    const place = join(etc, path);
    if (entry.kind === 'link') symlinkSync(`${MARK}${path}`, place);
    else if (entry.kind !== 'dir') writeFileSync(place, `${MARK}${path}`);
    else {
      mkdirSync(place, { recursive: true });
      chownSync(place, entry.uid, entry.gid);
      chmodSync(place, entry.mode);
    }
  }
}

function withOverlay<T>(lower: readonly string[], name: string, places: Places, work: (root: string) => T): T {
  const target = join(places.runDir, WORK, name);
  mkdirSync(target, { recursive: true });
  const follow = overlayParameters(places.base).includes('redirect_dir') ? ',redirect_dir=follow' : '';
  try {
    const options = `ro,lowerdir=${lower.join(':')}${follow}`;
    mount({ type: 'overlay', source: 'lifeboot-carry', target, options, cwd: places.runDir });
    return work(target);
  } finally {
    unmountBelow([target]);
  }
}
