/** `lifeboot why`: the reasons of this boot, and the last verdict on each slot. */
import type { Ports } from '../../app/ports.ts';
import { reportWhy } from '../../app/report-past.ts';
import type { SlotStory, WhyReport } from '../../core/operate/explain.ts';
import type { SlotName } from '../../core/slot.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, makePaint, type Paint, wrap } from '../render.ts';

export function runWhy(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const report = reportWhy(ports);
  io.stdout(command.json ? formatJson(report) : formatWhy(report, makePaint(io)));
  return EXIT.ok;
}

function formatWhy(report: WhyReport, paint: Paint): string {
  const stories = Object.entries(report.slots).flatMap(([name, story]) => wrap('  ', tellStory(name, story)));
  return [
    ...formatDecision(report, paint),
    '',
    paint('the slots', 'bold'),
    ...(stories.length === 0 ? ['  nothing is recorded'] : stories),
    ...formatTunnel(report, paint),
    ...report.notes.flatMap((note) => wrap('note: ', note)),
    '',
  ].join('\n');
}

function formatTunnel({ tunnel }: WhyReport, paint: Paint): string[] {
  if (tunnel.length === 0) return [];
  return ['', paint('the tunnel', 'bold'), ...tunnel.flatMap((line) => wrap('  - ', line))];
}

function formatDecision({ boot, running, verdict }: WhyReport, paint: Paint): string[] {
  if (boot === null) return ['lifeboot has booted nothing yet that it knows of'];
  const what = boot.slot === null ? `no slot (${boot.mode})` : `slot ${boot.slot}`;
  const attempt = boot.attempt === null ? '' : `, attempt ${boot.attempt}`;
  const trace = boot.trace.length === 0 ? ['no reasons were recorded'] : boot.trace;
  const judged = verdict === null ? 'no verdict yet' : `${verdict.outcome}${said(verdict.reason)}`;
  return [
    paint(`${running ? 'this boot' : 'the last recorded boot'}: ${what}${attempt}`, 'bold'),
    ...trace.flatMap((line) => wrap('  - ', line)),
    ...wrap('verdict: ', judged),
  ];
}

function tellStory(name: SlotName, { health, reason, evidence, lately, examined, last }: SlotStory): string {
  const against = evidence !== null && evidence !== reason ? `; against it: ${evidence}` : '';
  const when = last?.startedAt === null ? 'with the clock not set' : `at ${last?.startedAt}`;
  const boot =
    last === null
      ? 'no boot of it is recorded'
      : `its last boot, ${when}, ended as ${last.outcome}${last.proof === null ? '' : ` (${last.proof})`}${said(last.reason)}`;
  const before = lately.length < 2 ? '' : `; before that: ${lately.slice(0, -1).toReversed().join(', ')}`;
  return `${name} is ${health}${said(reason)}${against}; ${boot}${before}${tellExamination(examined)}`;
}

function tellExamination(examined: SlotStory['examined']): string {
  if (examined === null) return '';
  const when = examined.at === null ? '' : ` at ${examined.at}`;
  const found = examined.found.length === 0 ? '' : ` (${examined.found.join('; ')})`;
  return `; examined${when}, it is ${examined.soundness}${found}`;
}

function said(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}
