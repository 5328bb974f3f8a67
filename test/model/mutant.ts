/** Makes a copy of the decision code with one deliberate fault. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, repoDir } from '../../scripts/node-package.ts';
import type { Mutation } from './mutations/mutation.ts';

/** Runs `body` with the folder of the copy, which is gone afterwards. */
export async function withMutant<T>({ file, from, to, what }: Mutation, body: (src: string) => Promise<T>): Promise<T> {
  mkdirSync(join(buildDir, 'model'), { recursive: true });
  const dir = mkdtempSync(join(buildDir, 'model', 'mutant-'));
  try {
    cpSync(join(repoDir, 'src/core'), join(dir, 'core'), { recursive: true });
    const path = join(dir, 'core', file);
    const before = readFileSync(path, 'utf8');
    if (before.split(from).length !== 2) throw new Error(`'${what}': '${from}' is not once in ${file}`);
    writeFileSync(
      path,
      before.replace(from, () => to),
    );
    return await body(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
