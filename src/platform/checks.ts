/**
 * The local checks: executables in `check.d/required.d` and `check.d/wanted.d` (greenboot's layout), in order of name.
 *
 * Runs programs. Invariant: a required file that cannot be run has not passed; and nothing that others could have
 * written is run as root.
 */
import { accessSync, constants, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from '../app/ports.ts';
import type { CheckResult } from '../core/judge/sample.ts';
import { type Finished, tryProgram } from './exec.ts';

const CHECK_MS = 60_000;

/** @param limitMs time for each check */
export function makeChecks(directory = '/etc/lifeboot/check.d', limitMs = CHECK_MS): Checks {
  return {
    run: () => [
      ...runFolder(join(directory, 'required.d'), true, limitMs),
      ...runFolder(join(directory, 'wanted.d'), false, limitMs),
    ],
  };
}

function runFolder(folder: string, required: boolean, limitMs: number): readonly CheckResult[] {
  return namesIn(folder).map((name) => {
    const fromMs = performance.now();
    const why = runCheck(join(folder, name), limitMs);
    const seconds = Math.round(performance.now() - fromMs) / 1000;
    return { name, required, passed: why.passed, why: why.text, seconds };
  });
}

/** Like run-parts: no hidden files, no editor's leftovers. A folder that is not there holds no checks. */
function namesIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && !/\.(md|txt|dpkg-.*|bak)$/.test(name))
    .sort();
}

function runCheck(file: string, limitMs: number): { readonly passed: boolean; readonly text: string | null } {
  const unfit = describeUnfit(file, statSync(file, { throwIfNoEntry: false }));
  if (unfit !== null) return { passed: false, text: unfit };
  const finished = tryProgram([file], { timeoutMs: limitMs });
  if (finished.status === 0) return { passed: true, text: lastLine(finished) };
  return { passed: false, text: lastLine(finished) ?? finished.trouble ?? `exit status ${finished.status}` };
}

/** Why a file is not run at all, or null. */
function describeUnfit(file: string, stats: Stats | undefined): string | null {
  if (stats === undefined) return 'not run: a link that leads nowhere';
  if (!stats.isFile()) return 'not run: no file';
  if (stats.uid !== 0) return `not run: it belongs to user ${stats.uid}, not to root`;
  if ((stats.mode & 0o022) !== 0) return 'not run: others may write it (chmod go-w)';
  try {
    accessSync(file, constants.X_OK);
    return null;
  } catch {
    return 'not run: not executable (chmod +x)';
  }
}

/** What the check said last; a time limit says more than what it said before. */
function lastLine(finished: Finished): string | null {
  if (finished.timedOut) return finished.trouble;
  const lines = `${finished.stdout}\n${finished.stderr}`.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? null;
}
