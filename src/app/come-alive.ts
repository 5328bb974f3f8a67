/**
 * The local checks of a boot, and the mark `alive` when the required ones passed.
 *
 * Effects through the ports. The unit starts early, before the services that checks ask for, so a required check that
 * fails has the length of one hold to pass after all: a check that is merely early must not make an update bad.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import type { RunningBoot } from '../core/judge/running-boot.ts';
import type { CheckResult } from '../core/judge/sample.ts';
import { markAlive } from '../core/judge/verdict.ts';
import type { Ports } from './ports.ts';
import { recordBoot } from './record-boot.ts';

const AGAIN_AFTER_MS = 10_000;

/** @returns null when the boot is alive, else why not: the required checks that fail */
export function comeAlive(
  ports: Ports,
  subject: { readonly config: Config; readonly boot: RunningBoot | null },
): string | null {
  const failed = failingChecks(ports, subject.config.confirm.holdSeconds * 1000);
  if (failed !== null) {
    ports.log.warn(failed);
    return failed;
  }
  const { boot } = subject;
  if (boot === null) return null;
  try {
    recordBoot(ports, subject.config, boot, (state) => markAlive(state, boot));
  } catch (error) {
    ports.log.warn(`cannot record that this boot is alive: ${describeError(error)}, ignoring`);
  }
  return null;
}

function failingChecks(ports: Ports, patienceMs: number): string | null {
  const endMs = ports.machine.monotonicMs() + patienceMs;
  for (;;) {
    const results = ports.checks.run();
    const failed = results.filter(({ required, passed }) => required && !passed);
    if (failed.length === 0) {
      for (const each of results.filter(({ passed }) => !passed)) ports.log.warn(`${describeCheck(each)}, ignoring`);
      return null;
    }
    const why = failed.map(describeCheck).join('; ');
    if (ports.machine.monotonicMs() + AGAIN_AFTER_MS > endMs) return why;
    ports.log.info(`${why}; trying again`);
    ports.machine.sleep(AGAIN_AFTER_MS);
  }
}

function describeCheck({ name, required, why }: CheckResult): string {
  return `${required ? 'required' : 'wanted'} check '${name}' failed: ${why ?? 'it does not say why'}`;
}
