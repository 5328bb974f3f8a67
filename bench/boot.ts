/** `lifeboot boot` on loop devices (decide, save, mount, check), above the empty program. Needs root and private mounts. */
import { join } from 'node:path';
import { distDir } from '../scripts/node-package.ts';
import { withLoopNode } from '../test/integration/boot/loop-node.ts';
import { interleave, medianOf, sampleProgram } from './measure.ts';
import type { Finding } from './report.ts';

const ROUNDS = 15;
const BUDGET_MS = 60;

export function measureBoot(empty: string): Finding[] {
  let finding: Finding | undefined;
  withLoopNode((node) => {
    node.boot();
    const pristine = node.state();
    const boot = (): number => {
      node.saveState(pristine);
      const { status, said, durationMs } = node.boot(undefined, undefined, [join(distDir, 'lifeboot')]);
      if (status !== 0) throw new Error(`lifeboot boot ended with ${status}: ${said}`);
      return durationMs;
    };
    const [floor = [], boots = []] = interleave(ROUNDS, [() => sampleProgram([empty]).durationMs, boot]);
    const [floorMs, bootMs] = [medianOf(floor), medianOf(boots)];
    finding = {
      what: 'lifeboot boot, above empty',
      value: bootMs - floorMs,
      budget: BUDGET_MS,
      unit: ' ms',
      detail: `boot ${bootMs.toFixed(1)} ms, empty ${floorMs.toFixed(1)} ms, medians of ${ROUNDS}`,
    };
  });
  return finding === undefined ? [] : [finding];
}
