/** The floor: a program that does nothing, packed exactly as lifeboot is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../scripts/files.ts';
import { buildDir, repoDir } from '../scripts/node-package.ts';
import { SCRIPTS } from '../scripts/starter.ts';

/** Packs the empty program and returns its path. Packed anew each time: it must never be older than the packer. */
export function packEmptyProgram(): string {
  const bundles = join(buildDir, 'bench', 'empty-bundles');
  const output = join(buildDir, 'bench', 'empty');
  mkdirSync(bundles, { recursive: true });
  for (const name of SCRIPTS) writeAtomically(join(bundles, name), 'process.exitCode = 0;\n');
  const packer = join(repoDir, 'scripts', 'build-binary.ts');
  const lock = join(buildDir, 'pack.lock');
  execFileSync('flock', [lock, process.execPath, packer, process.arch, bundles, output], { stdio: 'ignore' });
  return output;
}
