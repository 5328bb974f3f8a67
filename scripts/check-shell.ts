/** Runs shellcheck on every shell file that git knows: by its first line, or by the name ending in .sh. */
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from './node-package.ts';

/** A library without a first line for the kernel says `# shellcheck shell=sh` there instead. */
const SHELL_START = /^#!\s*\/(usr\/)?bin\/(env )?(ba|da)?sh\b|^# shellcheck shell=/;

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: repoDir,
  encoding: 'utf8',
});
const files = listed
  .split('\0')
  .filter((file) => file !== '' && lstatSync(join(repoDir, file), { throwIfNoEntry: false })?.isFile() === true)
  .filter((file) => file.endsWith('.sh') || SHELL_START.test(readFileSync(join(repoDir, file), 'latin1').slice(0, 80)));
const { status, error } = spawnSync(
  'shellcheck',
  ['--severity=warning', '--external-sources', '--source-path=SCRIPTDIR', ...files],
  {
    cwd: repoDir,
    stdio: 'inherit',
  },
);
if (error !== undefined) throw error;
console.log(`check-shell: ${files.length} files`);
process.exitCode = status ?? 1;
