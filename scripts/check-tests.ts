/**
 * Fails when a test would be left out: a file that looks like a test and is not run, a test file without spec(),
 * or uvu used past test/support/spec.ts (see there for what uvu loses).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from './node-package.ts';
import { filesBelow, testFiles } from './test-files.ts';

const FOLDERS = ['src', 'test', 'scripts', 'bench', 'initramfs', 'bootconfig', 'demo'];

const present = FOLDERS.flatMap((folder) => {
  try {
    return filesBelow(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
});
const run = new Set(testFiles());
const read = (file: string): string => readFileSync(join(repoDir, file), 'utf8');

const problems = [
  ...present
    .filter((file) => /(\.(test|spec)s?|^test\/.*[_-](test|spec)s?)\.[cm]?[jt]s$/.test(file) && !run.has(file))
    .map((file) => `${file}: looks like a test and is not run (test/**/NAME.test.ts)`),
  ...[...run].filter((file) => !/^spec\(/m.test(read(file))).map((file) => `${file}: has no spec()`),
  ...present
    .filter((file) => /\.[cm]?[jt]s$/.test(file) && file !== 'test/support/spec.ts')
    .filter((file) => /^import .* from 'uvu';/m.test(read(file)))
    .map((file) => `${file}: imports uvu; only test/support/spec.ts may`),
];
for (const problem of problems) console.error(`check-tests: ${problem}`);
console.log(`check-tests: ${run.size} test files, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
