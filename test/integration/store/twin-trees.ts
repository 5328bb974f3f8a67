/**
 * Two trees that get the same changes, one under an overlay and a plain one, synchronously and in this process.
 *
 * One thing an overlay does not do: a file with several names that lies in a lower layer is one file no more once it is
 * changed (`index=off`), nor once one of its names went along with a renamed directory, which becomes a full copy in the
 * layer. So the plain one is told to part such files. Paths are byte strings.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, lutimesSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readAttributes } from '../../../src/platform/store/attributes.ts';

export type Kind = 'file' | 'dir' | 'link' | 'special';

/** How many special files a session can take. */
export const SPECIALS = 6;
const POOL = 'pool-of-special-files';

export class TwinTrees {
  readonly kinds = new Map<string, Kind>();
  private readonly plain: string;
  private readonly specials: string;
  /** Another one in each session. */
  private overlay = '';
  private readonly touched = new Set<string>();
  /** Inodes of the plain tree that lie in the upper of this session. */
  private readonly ownInodes = new Set<number>();
  private clock = 1_600_000_000;

  constructor(plain: string, specials: string) {
    this.plain = plain;
    this.specials = specials;
  }

  get roots(): readonly string[] {
    return [this.overlay, this.plain];
  }

  /** @param place where the overlay is mounted now, and its upper */
  session(place: { readonly merged: string; readonly upper: string }, change: () => void): void {
    this.overlay = place.merged;
    this.touched.clear();
    this.ownInodes.clear();
    for (const root of this.roots) {
      mkdirSync(join(root, POOL));
      execFileSync('cp', ['-a', `${this.specials}/.`, join(root, POOL)]);
    }
    change();
    for (const root of this.roots) rmSync(join(root, POOL), { recursive: true });
    this.touch('');
    const redirects = readAttributes(place.upper, { pattern: '^trusted\\.overlay\\.redirect$' }).map(
      ({ path }) => path,
    );
    // What was renamed within a renamed directory goes along with that.
    const tops = redirects.filter((path) => !redirects.some((other) => path.startsWith(`${other}/`)));
    for (const path of tops) this.partBelow(path);
    this.settle();
  }

  at(root: string, path: string): Buffer {
    return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  }

  /** In the plain tree. */
  stat(path: string): { readonly ino: number; readonly nlink: number; readonly uid: number; readonly gid: number } {
    return lstatSync(this.at(this.plain, path));
  }

  /** Does the same to both; what the overlay refuses is not done to the other either. */
  both(work: (root: string) => void): boolean {
    try {
      work(this.overlay);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EXDEV') return false;
      throw error;
    }
    work(this.plain);
    return true;
  }

  /** The path of a special file in the pool. */
  pooled(root: string, number: number): string {
    return join(root, POOL, String(number));
  }

  /** A name that nothing else has. */
  readonly spare = `${POOL}/spare`;

  move(from: string, to: string): boolean {
    return this.both((root) => renameSync(this.at(root, from), this.at(root, to)));
  }

  remove(path: string): void {
    this.both((root) => rmSync(this.at(root, path), { recursive: true }));
    for (const found of [...this.kinds.keys()]) {
      if (found === path || found.startsWith(`${path}/`)) this.kinds.delete(found);
    }
    this.touch(path);
  }

  /** These and the directories that they are in get new times at the end. */
  touch(...paths: readonly string[]): void {
    for (const path of paths) {
      this.touched.add(path);
      this.touched.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    }
  }

  /** What an overlay does to a file with several names when it copies it up. */
  part(path: string): void {
    if (path === '' || this.kinds.get(path) === 'dir') return;
    const { nlink, ino } = this.stat(path);
    if (nlink > 1 && !this.ownInodes.has(ino)) {
      this.copyApart(path);
      this.touch(path);
    }
    this.own(path);
  }

  private copyApart(path: string): void {
    const [from, to] = [join(this.plain, `${POOL}-parted`), join(this.plain, `${POOL}-copy`)];
    renameSync(this.at(this.plain, path), from);
    execFileSync('cp', ['-a', from, to]);
    rmSync(from);
    renameSync(to, this.at(this.plain, path));
  }

  /** What a full copy of a directory does to the files in it that have names elsewhere too. */
  private partBelow(dir: string): void {
    const groups = new Map<number, string[]>();
    for (const [path, kind] of this.kinds) {
      if (kind === 'dir' || !path.startsWith(`${dir}/`)) continue;
      const { ino } = this.stat(path);
      if (!this.ownInodes.has(ino)) groups.set(ino, [...(groups.get(ino) ?? []), path]);
    }
    for (const [first = '', ...others] of groups.values()) {
      if (this.stat(first).nlink === others.length + 1) continue;
      this.copyApart(first);
      for (const path of others) {
        rmSync(this.at(this.plain, path));
        linkSync(this.at(this.plain, first), this.at(this.plain, path));
      }
      // Their directories, not they themselves: to change them would bring them up one by one.
      for (const path of [first, ...others]) this.touched.add(path.slice(0, path.lastIndexOf('/')));
    }
  }

  /** It was made in this session. */
  own(path: string): void {
    this.ownInodes.add(this.stat(path).ino);
  }

  /** Notes that a name, and all below it, is another one now. */
  moveNames(from: string, to: string): void {
    for (const [path, kind] of [...this.kinds]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.kinds.delete(path);
      this.kinds.set(`${to}${path.slice(from.length)}`, kind);
    }
    for (const path of [...this.touched]) {
      if (path === from || path.startsWith(`${from}/`)) this.touched.add(`${to}${path.slice(from.length)}`);
    }
  }

  /** The same times on both: they were not changed in the same moment. */
  private settle(): void {
    this.clock += 1000;
    const paths = [...this.touched].filter((path) => path === '' || this.kinds.has(path)).sort();
    // Before any time is set: parting changes those of the directories.
    for (const path of paths) this.part(path);
    for (const path of paths) {
      this.clock += 0.123_457;
      for (const root of this.roots) lutimesSync(this.at(root, path), this.clock, this.clock);
    }
  }
}
