/** The floor: a program that does nothing, packed exactly as lifeboot is. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeAtomically } from '../scripts/files.ts';
import { buildDir, repoDir } from '../scripts/node-package.ts';

/** Packs the empty program and returns its path. Packed anew each time: it must never be older than the packer. */
export function packEmptyProgram(): string {
  const bundle = join(buildDir, 'bench', 'empty.cjs');
  const output = join(buildDir, 'bench', 'empty');
  writeAtomically(bundle, 'process.exitCode = 0;\n');
  const packer = join(repoDir, 'scripts', 'build-binary.ts');
  const lock = join(buildDir, 'pack.lock');
  execFileSync('flock', [lock, process.execPath, packer, process.arch, bundle, output], { stdio: 'ignore' });
  return output;
}
