/**
 * `lifeboot check`: runs the local checks and writes nothing.
 */
import type { CheckResult } from '../core/judge/sample.ts';
import type { Ports } from './ports.ts';

export interface CheckReport {
  readonly checks: readonly CheckResult[];
  /** Each required check passed; also when there is none. */
  readonly passed: boolean;
}

export function runChecks(ports: Ports): CheckReport {
  const checks = ports.checks.run();
  return { checks, passed: checks.every(({ required, passed }) => passed || !required) };
}
