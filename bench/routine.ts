/**
 * What a node runs each minute, in the ordinary case, beside the empty program: `lifeboot tend` with a tunnel that was proven
 * a moment ago, and `lifeboot check` without checks of the operator's. Needs root and private mounts: `/run/lifeboot` is ours.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distDir } from '../scripts/node-package.ts';
import { freshMemory } from '../src/core/ladder/link.ts';
import { runTool } from '../test/vm/support/run-tool.ts';
import { interleave, medianOf, sampleProgram } from './measure.ts';
import type { Finding } from './report.ts';

const ROUNDS = 31;
const BUDGET = 1.3;
const RUN = '/run/lifeboot';

/** A process that stands for the tunnel's ssh, and what `tend` remembers of it. */
function pretendProven(pid: number): void {
  const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
  const memory = { ...freshMemory(0), quietUntil: 1e9, master: `${pid} since ${started}`, settled: true };
  writeFileSync(join(RUN, 'tunnel.pid'), `${pid}\n`);
  writeFileSync(join(RUN, 'tend.json'), JSON.stringify(memory));
}

export function measureRoutine(empty: string): Finding[] {
  mkdirSync(RUN, { recursive: true });
  runTool('mount', ['-t', 'tmpfs', 'lifeboot-bench', RUN]);
  const program = join(RUN, 'ssh');
  copyFileSync('/bin/sleep', program);
  const tunnel = spawn(program, ['600'], { stdio: 'ignore' });
  try {
    pretendProven(tunnel.pid ?? 0);
    const run =
      (program: string, ...words: string[]) =>
      () =>
        sampleProgram([program, ...words]).durationMs;
    const lifeboot = join(distDir, 'lifeboot');
    const { stdout } = runTool(lifeboot, ['tend']);
    if (!stdout.includes('still runs')) throw new Error(`tend did not take the ordinary way: ${stdout}`);
    const makers = [run(empty), run(lifeboot, 'tend'), run(lifeboot, 'check')];
    const [floorMs = 0, ...verbs] = interleave(ROUNDS, makers).map(medianOf);
    return verbs.map((ms, index): Finding => {
      const verb = ['tend', 'check'][index];
      const detail = `${verb} ${ms.toFixed(1)} ms, empty ${floorMs.toFixed(1)} ms, medians of ${ROUNDS}`;
      return { what: `lifeboot ${verb}, time`, value: ms / floorMs, budget: BUDGET, unit: 'x', detail };
    });
  } finally {
    tunnel.kill('SIGKILL');
    runTool('umount', ['-l', RUN]);
  }
}
