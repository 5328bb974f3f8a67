/**
 * Runs test files, each in a process of its own: `run-tests.ts [-v] [--long] [PATH…]` (a PATH selects what starts with
 * it). Without a path the long ones are left out; `--long` runs those alone.
 *
 * A file fails when its process fails or hangs, when it ran no test, skipped one, or did not pass all; uvu alone
 * would call some of these a success. The last line counts tests: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeFile, type Verdict } from './judge-test-file.ts';
import { buildDir, repoDir } from './node-package.ts';
import { isLong, kindOf, TEST_KINDS, type TestKind, testFiles } from './test-files.ts';

const logDir = join(buildDir, 'test-logs');

/** Starts one file with its output in a log, and ends its whole process group at the time limit. */
function runFile(file: string, kind: TestKind): Promise<Verdict> {
  const log = join(logDir, `${file.replaceAll('/', '_')}.log`);
  const node = [process.execPath, join(repoDir, file)];
  const [program = '', ...args] = kind.privateMounts
    ? ['unshare', '--mount', '--propagation', 'private', ...node]
    : node;
  const startedMs = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: repoDir,
      detached: true,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let isLate = false;
    const end = (): void => {
      isLate = true;
      killGroup(child.pid);
    };
    const timer = setTimeout(end, kind.timeoutMs);
    const out = createWriteStream(log);
    child.stdout.pipe(out, { end: false });
    child.stderr.pipe(out, { end: false });
    child.on('error', (error) => out.write(`cannot start '${program}': ${error.message}\n`));
    child.on('close', (status) => {
      clearTimeout(timer);
      killGroup(child.pid);
      out.end(() => {
        const seconds = (Date.now() - startedMs) / 1000;
        resolve(judgeFile({ file, log, output: readFileSync(log, 'utf8'), status, isLate, seconds }));
      });
    });
  });
}

/** What a test left running goes with it. A group that is gone already is what we want. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function report(verdict: Verdict, isVerbose: boolean): void {
  const { file, passed, total, seconds, problem } = verdict;
  const mark = problem === undefined ? 'ok  ' : 'FAIL';
  console.log(`${mark} ${file}  ${passed}/${total}  ${seconds.toFixed(1)} s${problem ? `  (${problem})` : ''}`);
  if (problem !== undefined || isVerbose) console.log(tail(readFileSync(verdict.log, 'utf8'), 120));
}

function tail(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n').replaceAll(/^/gm, '     | ');
}

async function runKind(kind: TestKind, files: readonly string[], isVerbose: boolean): Promise<Verdict[]> {
  const queue = [...files];
  const verdicts: Verdict[] = [];
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      if (kind.timeoutMs > 600_000) console.log(`...  ${file}`);
      const verdict = await runFile(file, kind);
      report(verdict, isVerbose);
      verdicts.push(verdict);
    }
  };
  await Promise.all(Array.from({ length: kind.atOnce }, work));
  return verdicts;
}

const words = process.argv.slice(2);
const isVerbose = words.includes('-v');
const onlyLong = words.includes('--long');
const filters = words.filter((word) => !word.startsWith('-')).map((word) => word.replace(/^\.\//, ''));
const selected = testFiles().filter((file) =>
  filters.length === 0 ? isLong(file) === onlyLong : filters.some((start) => file.startsWith(start)),
);
mkdirSync(logDir, { recursive: true });
if (process.getuid?.() !== 0 && selected.some((file) => kindOf(file).privateMounts)) {
  console.error('run-tests: integration tests and guests need root\nhint: run as root, or name test folders');
  process.exit(77);
}

const verdicts: Verdict[] = [];
for (const kind of TEST_KINDS) {
  const files = selected.filter((file) => kindOf(file) === kind);
  verdicts.push(...(await runKind(kind, files, isVerbose)));
}
const passed = verdicts.reduce((sum, verdict) => sum + verdict.passed, 0);
const failed = verdicts.reduce((sum, verdict) => sum + verdict.failed, 0);
const broken = verdicts.filter((verdict) => verdict.problem !== undefined);
for (const { file, problem, log } of broken) console.log(`failed: ${file}: ${problem} (${log})`);
if (verdicts.length === 0) console.log(`no test file starts with ${filters.join(' or ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = broken.length > 0 || passed === 0 ? 1 : 0;
