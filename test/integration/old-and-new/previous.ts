/**
 * The release before this one, built from its own sources into `build/previous/`.
 *
 * While there is no release, the commit before the one that this state of the program was begun on stands for it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, repoDir } from '../../../scripts/node-package.ts';

const BEFORE_RELEASES = '9df3938';

function git(...args: string[]): string {
  return execFileSync('git', ['-C', repoDir, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

export interface Previous {
  /** Its tag, or a commit. */
  readonly name: string;
  /** The program and its first arguments. */
  readonly program: readonly string[];
}

/** The newest release that is not this very commit. */
export function previousRelease(): string {
  const here = git('rev-parse', 'HEAD');
  const tags = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').split('\n');
  const earlier = tags.find((tag) => tag !== '' && git('rev-parse', `${tag}^{commit}`) !== here);
  return earlier ?? BEFORE_RELEASES;
}

/** Whether this checkout has the history to build it from: a shallow clone and an unpacked archive have none. */
export function hasPrevious(): boolean {
  try {
    return git('cat-file', '-t', `${previousRelease()}^{commit}`) === 'commit';
  } catch {
    // No git, no repository, or no such commit: each means that there is nothing to build.
    return false;
  }
}

/**
 * Builds the bundle of a tag or commit with that commit's own Makefile, once. The packed binary is this bundle and the
 * same Node.
 */
export function buildPrevious(name = previousRelease()): Previous {
  const dir = join(buildDir, 'previous', git('rev-parse', `${name}^{commit}`));
  const bundle = join(dir, 'dist/lifeboot.cjs');
  if (!existsSync(bundle)) {
    mkdirSync(join(dir, 'build/stamps'), { recursive: true });
    const sources = execFileSync('git', ['-C', repoDir, 'archive', name], { maxBuffer: 256 << 20 });
    execFileSync('tar', ['-x', '-C', dir], { input: sources });
    if (!existsSync(join(dir, 'node_modules'))) symlinkSync(join(repoDir, 'node_modules'), join(dir, 'node_modules'));
    // What this checkout has installed is taken: its Makefile must not install anything into it.
    writeFileSync(join(dir, 'build/stamps/build'), '');
    execFileSync('make', ['-s', '-C', dir, 'dist/lifeboot.cjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return { name, program: [process.execPath, bundle] };
}
