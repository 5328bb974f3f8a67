/** `lifeboot snapshot`: the pair of slots, and what is kept besides. */
import { deleteSnapshots } from '../../app/change-kept.ts';
import type { Edited } from '../../app/edit-state.ts';
import type { Ports } from '../../app/ports.ts';
import { listSnapshots, reportPair } from '../../app/report-pair.ts';
import { cancelSnapshot, deleteSnapshot, setBootSlot, setWritable, takeSnapshot } from '../../app/snapshot.ts';
import type { SnapshotCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, makePaint } from '../render.ts';
import { reportEdited } from './edited.ts';
import { formatPairReport, formatSnapshotList } from './snapshot-tables.ts';

export function runSnapshot(command: SnapshotCommand, ports: Ports, io: Io): ExitCode {
  if (command.action === 'query') return runQuery(command, ports, io);
  if (command.action !== 'list') return reportEdited(change(command, ports, io), io);
  const list = listSnapshots(ports);
  io.stdout(command.json ? formatJson(list) : formatSnapshotList(list, makePaint(io)));
  return EXIT.ok;
}

type Change = Exclude<SnapshotCommand, { action: 'query' | 'list' }>;

function change(command: Change, ports: Ports, io: Io): Edited {
  switch (command.action) {
    case 'take':
      return takeSnapshot(ports, command, (text) => io.stdout(`${text}\n`));
    case 'cancel':
      return cancelSnapshot(ports, command);
    case 'delete':
      return command.numbers.length === 0 ? deleteSnapshot(ports, command) : deleteSnapshots(ports, command);
    case 'set-writable':
      return setWritable(ports, command);
    case 'set-boot':
      return setBootSlot(ports, command);
    default:
      return command satisfies never;
  }
}

/** @returns 1 when `--verify` has found that a slot is not what it was */
function runQuery(command: Extract<SnapshotCommand, { action: 'query' }>, ports: Ports, io: Io): ExitCode {
  const report = reportPair(ports, command);
  io.stdout(command.json ? formatJson(report) : formatPairReport(report, makePaint(io)));
  return (report.verified ?? []).length === 0 ? EXIT.ok : EXIT.failed;
}
