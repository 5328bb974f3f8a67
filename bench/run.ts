/**
 * `make bench`: ratios against a floor of the same run, each beside its budget. `run.ts [PART…]` with parts plan, boot,
 * routine, size, seal, diff, guest (all without). Ends non-zero when a budget is exceeded.
 */
import { spawnSync } from 'node:child_process';
import { measureBoot } from './boot.ts';
import { warnIfBusy } from './busy.ts';
import { measureDiff } from './diff.ts';
import { packEmptyProgram } from './empty.ts';
import { measureGuest } from './guest.ts';
import { measureLayers } from './layers.ts';
import { measurePlan } from './plan.ts';
import { type Finding, formatFinding, isWithin } from './report.ts';
import { measureRoutine } from './routine.ts';
import { measureSeal } from './seal.ts';
import { measureBundle } from './size.ts';

type Part = () => Finding[] | Promise<Finding[]>;

const PARTS: Readonly<Record<string, Part>> = {
  size: () => measureBundle(),
  plan: () => measurePlan(packEmptyProgram()),
  boot: () => measureBoot(packEmptyProgram()),
  routine: () => measureRoutine(packEmptyProgram()),
  seal: measureSeal,
  layers: () => measureLayers(packEmptyProgram()),
  diff: measureDiff,
  guest: measureGuest,
};

/** Loop devices are mounted in a mount namespace of our own, entered by starting again in one. */
function enterOwnNamespace(): void {
  if (process.env['LIFEBOOT_BENCH'] === 'private') return;
  const again = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, LIFEBOOT_BENCH: 'private' };
  process.exit(spawnSync('unshare', again, { stdio: 'inherit', env }).status ?? 1);
}

enterOwnNamespace();
const words = process.argv.slice(2);
const names = words.length > 0 ? words : Object.keys(PARTS);
let exceeded = 0;
for (const name of names) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`unknown part '${name}': expected ${Object.keys(PARTS).join(', ')}`);
  const warning = warnIfBusy();
  if (warning !== undefined) console.log(warning);
  for (const finding of await part()) {
    console.log(formatFinding(finding));
    if (!isWithin(finding)) exceeded += 1;
  }
}
console.log(exceeded === 0 ? 'all within budget' : `${exceeded} over budget`);
process.exitCode = exceeded === 0 ? 0 : 1;
