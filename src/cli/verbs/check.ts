/** `lifeboot check`: the local checks, one line each. */
import { runChecks } from '../../app/check.ts';
import type { Ports } from '../../app/ports.ts';
import type { CheckResult } from '../../core/judge/sample.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type Cell, formatJson, formatTable, makePaint, type Paint, plain } from '../render.ts';

export function runCheck(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const report = runChecks(ports);
  if (command.json) io.stdout(formatJson(report));
  else if (report.checks.length === 0) io.stdout('there are no checks in /etc/lifeboot/check.d\n');
  else io.stdout(`${formatChecks(report.checks, makePaint(io)).join('\n')}\n`);
  return report.passed ? EXIT.ok : EXIT.failed;
}

/** One line for each check. */
export function formatChecks(checks: readonly CheckResult[], paint: Paint): readonly string[] {
  return formatTable(checks.map(formatCheck), paint, '');
}

function formatCheck({ name, required, passed, why, seconds }: CheckResult): readonly Cell[] {
  const verdict: Cell = passed
    ? { text: 'passed', colour: 'green' }
    : { text: 'failed', colour: required ? 'red' : 'yellow' };
  return [verdict, plain(required ? 'required' : 'wanted'), plain(name), plain(`${seconds} s`), plain(why ?? '')];
}
