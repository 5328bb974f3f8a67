/** `lifeboot rescue status|retry SLOT|repair|command`. */
import type { Ports } from '../../app/ports.ts';
import { listRescueCommands, repairInRescue, reportRescue, retrySlot } from '../../app/rescue.ts';
import { formatDuration } from '../../core/duration.ts';
import type { NetworkPort, RescueReport } from '../../core/rescue/describe-rescue.ts';
import type { RescueCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, makePaint, type Paint, wrap } from '../render.ts';
import { reportEdited } from './edited.ts';
import { reportChecked } from './repair.ts';

export function runRescue(command: RescueCommand, ports: Ports, io: Io): ExitCode {
  switch (command.action) {
    case 'status': {
      const report = reportRescue(ports);
      io.stdout(command.json ? formatJson(report) : `${formatRescue(report, makePaint(io)).join('\n')}\n`);
      return report.problems.length === 0 ? EXIT.ok : EXIT.degraded;
    }
    case 'retry': {
      const edited = retrySlot(ports, command);
      reportEdited(edited, io);
      if (!command.dryRun) io.stdout('the node reboots in a few seconds\n');
      return EXIT.ok;
    }
    case 'repair':
      return reportChecked(repairInRescue(ports), false, io);
    case 'command':
      // One argument a line, an empty line between two commands: none of them can hold a line end.
      io.stdout(
        `${listRescueCommands(ports)
          .map((argv) => argv.join('\n'))
          .join('\n\n')}\n`,
      );
      return EXIT.ok;
    default:
      return command satisfies never;
  }
}

function formatRescue(report: RescueReport, paint: Paint): readonly string[] {
  return [
    ...(report.inRescue ? formatSession(report, paint) : formatPrepared(report, paint)),
    ...report.ports.flatMap((port) => wrap(`port ${port.name}: `, describePort(port))),
    ...report.problems.flatMap((text) => wrap('problem: ', text).map((line) => paint(line, 'yellow'))),
  ];
}

function formatSession({ node, reason, secondsLeft, tunnel }: RescueReport, paint: Paint): readonly string[] {
  const left = secondsLeft === null ? 'some time' : formatDuration(secondsLeft);
  const way = `${tunnel?.host ?? 'nobody yet'} through port ${tunnel?.port ?? 'none yet'}`;
  const heard =
    tunnel?.tunnelUp === true ? `up, to ${way}` : `not up, trying ${way}: ${tunnel?.said ?? 'ssh said nothing'}`;
  return [
    `${paint(node, 'bold')} is in ${paint('rescue', 'yellow')}`,
    ...wrap('why: ', reason ?? 'nobody said why'),
    ...wrap('ends: ', `by a reboot in ${left}, later while somebody is logged in; the slots have their turn then`),
    ...wrap('tunnel: ', heard),
  ];
}

function formatPrepared({ node, configured, firstSeconds }: RescueReport, paint: Paint): readonly string[] {
  const what = configured
    ? `when nothing boots, rescue waits ${formatDuration(firstSeconds ?? 0)} for somebody, twice as long each time after that, up to 6h`
    : 'there is no [rescue] in the configuration: when nothing boots, nobody can reach this node';
  return [`${paint(node, 'bold')} is not in rescue`, ...wrap('', what)];
}

function describePort({ kind, link, addresses }: NetworkPort): string {
  const signal = link === null ? 'down' : link ? 'link' : 'no link';
  return [kind === 'wifi' ? 'Wi-Fi' : kind, signal, ...addresses].join(', ');
}
