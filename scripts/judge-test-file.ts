/**
 * Turns what a test file's process printed and how it ended into a verdict. Pure, so that its own tests can feed it
 * every kind of bad end.
 */

export interface TestRun {
  readonly file: string;
  readonly log: string;
  readonly output: string;
  readonly status: number | null;
  readonly isLate: boolean;
  readonly seconds: number;
}

export interface Verdict {
  readonly file: string;
  readonly log: string;
  readonly passed: number;
  readonly failed: number;
  readonly total: number;
  readonly seconds: number;
  readonly problem: string | undefined;
}

/** uvu prints its totals last; a test may print lines that look like them before. */
function count(output: string, label: string): number {
  const found = [...output.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, 'gm'))].at(-1)?.[1];
  return found === undefined ? 0 : Number(found);
}

/** The verdict on one file; `problem` is undefined only when it ran tests, passed all and ended well. */
export function judgeFile(run: TestRun): Verdict {
  const passed = count(run.output, 'Passed');
  const total = count(run.output, 'Total');
  const skipped = count(run.output, 'Skipped');
  const problem = findProblem(run, { passed, total, skipped });
  const failed = problem === undefined ? 0 : Math.max(total - passed, 1);
  return { file: run.file, log: run.log, passed, failed, total, seconds: run.seconds, problem };
}

function findProblem(run: TestRun, counts: { passed: number; total: number; skipped: number }): string | undefined {
  if (run.isLate) return `no end after ${run.seconds.toFixed(0)} s`;
  if (counts.total === 0) return `ran no test, exit status ${run.status ?? 'signal'}`;
  if (counts.passed !== counts.total) return `${counts.total - counts.passed} of ${counts.total} failed`;
  if (counts.skipped > 0) return `${counts.skipped} skipped`;
  return run.status === 0 ? undefined : `exit status ${run.status ?? 'signal'}`;
}
