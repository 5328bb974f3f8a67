/** `lifeboot status`: what runs, what is next and why, the slots, what is missing. */
import type { Ports } from '../../app/ports.ts';
import { type NamedStatus, reportStatus } from '../../app/report.ts';
import type { BootedStatus, SlotStatus, SnapshotStatus, StatusReport } from '../../core/operate/describe-status.ts';
import type { ShownHealth } from '../../core/slot.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type Cell, type Colour, formatJson, formatTable, makePaint, type Paint, plain, wrap } from '../render.ts';

export function runStatus(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const status = reportStatus(ports);
  const { report } = status;
  io.stdout(command.json ? formatJson(report) : formatStatus(status, makePaint(io)));
  return report.degraded.length === 0 ? EXIT.ok : EXIT.degraded;
}

const HEALTH_COLOURS: Readonly<Record<ShownHealth, Colour | null>> = {
  good: 'green',
  trial: 'yellow',
  bad: 'red',
  empty: 'dim',
  unknown: 'magenta',
};

function formatStatus({ node, report, verdict }: NamedStatus, paint: Paint): string {
  const inOrder = report.order.filter((name) => !Object.hasOwn(report.snapshots, name));
  const names = [...new Set([...inOrder, ...Object.keys(report.slots), ...Object.keys(report.snapshots)])];
  const all: Readonly<Record<string, Shown>> = { ...report.slots, ...report.snapshots };
  const rows = names.flatMap((name) => {
    const slot = all[name];
    return slot === undefined ? [] : [formatRow(name, slot, report)];
  });
  const head = ['', 'slot', 'health', 'attempts', 'last proven', '', 'holds'].map(
    (text): Cell => ({ text, colour: 'bold' }),
  );
  const reasons = names.flatMap((name) => {
    const reason = all[name]?.reason ?? null;
    return reason === null ? [] : wrap(`  ${name}: `, reason);
  });
  return [
    ...formatHeadline(node, report.booted, paint),
    ...(verdict === null || report.booted?.proven === true
      ? []
      : wrap('verdict: ', `${verdict.outcome}: ${verdict.reason}`)),
    '',
    ...formatTable([head, ...rows], paint, ''),
    '',
    ...reasons,
    ...(reasons.length === 0 ? [] : ['']),
    ...wrap('next: ', report.next.reason),
    ...report.pending.flatMap((text) => wrap('pending: ', text)),
    ...report.degraded.flatMap((text) => wrap('degraded: ', text).map((line) => paint(line, 'yellow'))),
    '',
  ].join('\n');
}

function formatHeadline(node: string, booted: BootedStatus | null, paint: Paint): string[] {
  const name = paint(node === '' ? 'this node' : node, 'bold');
  if (booted === null) return [`${name} runs a system that lifeboot did not boot`];
  const { slot, attempt, mode, proven, bootId } = booted;
  const what = slot === null ? `a system of no slot (${mode})` : `slot ${slot}`;
  const how = [
    ...(attempt === null ? [] : [`attempt ${attempt}`]),
    ...(mode === 'normal' || slot === null ? [] : [`mode ${mode}`]),
  ];
  const verdict = proven ? paint('proven', 'green') : paint('not proven', 'yellow');
  return [`${name} runs ${[what, ...how].join(', ')}: ${verdict}`, `boot ${bootId}`];
}

type Shown = SlotStatus | SnapshotStatus;

function formatRow(name: string, slot: Shown, report: StatusReport): readonly Cell[] {
  const mark = `${report.booted?.slot === name ? '*' : ' '}${report.next.slot === name ? '>' : ' '}`;
  const { attempts, limit, provenAt, proofLevel, deployment } = slot;
  const isProven = provenAt !== null || proofLevel !== null;
  return [
    plain(mark),
    plain(titleOf(name, slot)),
    { text: slot.mode === 'clean' ? `${slot.health} clean` : slot.health, colour: HEALTH_COLOURS[slot.health] },
    plain(attempts === null ? '-' : `${attempts} of ${limit ?? '-'}`),
    plain(isProven ? (provenAt ?? 'clock not set') : 'never'),
    plain(proofLevel ?? ''),
    plain(deployment === null ? '-' : (deployment.version ?? deployment.id.slice(0, 12))),
  ];
}

function titleOf(name: string, slot: Shown): string {
  if ('of' in slot) return `${name} (kept, of ${slot.of})`;
  return slot.role === 'recovery' ? `${name} (recovery)` : name;
}
