/** `lifeboot plan` (start, read the state, decide) beside the empty program: time as a ratio, memory as a difference. */
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distDir } from '../scripts/node-package.ts';
import { withTempDir } from '../test/support/temp-dir.ts';
import { interleave, medianOf, sampleProgram } from './measure.ts';
import type { Finding } from './report.ts';

const ROUNDS = 31;
const RATIO_BUDGET = 1.25;
const MEMORY_BUDGET_MB = 15;

const CONFIG = `[state]
device = "PARTLABEL=lifeboot-state"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
[upper]
device = "PARTLABEL=system-data"
`;

export function measurePlan(empty: string): Finding[] {
  return withTempDir((dir) => {
    const config = join(dir, 'lifeboot.toml');
    const state = join(dir, 'state');
    writeFileSync(config, CONFIG);
    writeFileSync(state, '');
    truncateSync(state, 1 << 20);
    const lifeboot = join(distDir, 'lifeboot');
    const given = ['--config', config, '--state', state];
    execFileSync(lifeboot, ['state', 'init', ...given], { stdio: 'ignore' });
    const [floor = [], plan = []] = interleave(ROUNDS, [
      () => sampleProgram([empty]),
      () => sampleProgram([lifeboot, 'plan', ...given]),
    ]);
    const ms = [floor, plan].map((samples) => medianOf(samples.map(({ durationMs }) => durationMs)));
    const mb = [floor, plan].map((samples) => medianOf(samples.map(({ peakMemoryKib }) => peakMemoryKib)) / 1024);
    const [floorMs = 0, planMs = 0] = ms;
    const [floorMb = 0, planMb = 0] = mb;
    const times = `plan ${planMs.toFixed(1)} ms, empty ${floorMs.toFixed(1)} ms, medians of ${ROUNDS}`;
    const memory = `plan ${planMb.toFixed(1)} MB, empty ${floorMb.toFixed(1)} MB`;
    return [
      { what: 'lifeboot plan, time', value: planMs / floorMs, budget: RATIO_BUDGET, unit: 'x', detail: times },
      {
        what: 'lifeboot plan, memory above empty',
        value: planMb - floorMb,
        budget: MEMORY_BUDGET_MB,
        unit: ' MB',
        detail: memory,
      },
    ];
  });
}
