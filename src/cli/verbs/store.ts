/** `lifeboot store`: what is in it, whether it is whole, and room. */
import { listStore, type StoreList } from '../../app/list-store.ts';
import type { Ports } from '../../app/ports.ts';
import { cleanStore, compactStore } from '../../app/store.ts';
import { verifyStore } from '../../app/verify-store.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import type { Damage, StoreReport } from '../../core/store/verify-store.ts';
import type { StoreCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, formatTable, makePaint, plain, wrap } from '../render.ts';
import { reportEdited } from './edited.ts';

export function runStore(command: StoreCommand, ports: Ports, io: Io): ExitCode {
  const say = (text: string): void => io.stdout(`${text}\n`);
  switch (command.action) {
    case 'list': {
      const list = listStore(ports);
      io.stdout(command.json ? formatJson(list) : formatList(list, io));
      return EXIT.ok;
    }
    case 'verify': {
      const report = verifyStore(ports, command, command.json ? () => undefined : say);
      io.stdout(command.json ? formatJson(report) : formatReport(report));
      return report.damaged.length === 0 ? EXIT.ok : EXIT.failed;
    }
    case 'compact':
      return reportEdited(compactStore(ports, command, say), io);
    case 'clean':
      return reportEdited(cleanStore(ports, command), io);
    default:
      return command satisfies never;
  }
}

function formatReport({ layers, manifests, snapshots, bytes, damaged }: StoreReport): string {
  const read = `read ${layers} layers (${formatBytes(bytes)}), ${manifests} manifests, ${snapshots} snapshots`;
  const lines = [
    ...wrap('', read),
    ...damaged.flatMap((each) => wrap('damaged: ', describeDamage(each))),
    ...(damaged.length === 0 ? ['all is as it was written'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeDamage({ why, concerns }: Damage): string {
  return concerns.length === 0 ? why : `${why}; it concerns ${concerns.join(', ')}`;
}

function formatList({ freeBytes, deployments, layers, uppers, problems }: StoreList, io: Io): string {
  const head = (...names: readonly string[]) => names.map(plain);
  const needed = (names: readonly string[]): string => (names.length === 0 ? '-' : names.join(', '));
  const lines = [
    ...formatTable(
      [
        head('deployment', 'layers', 'needed by', 'description'),
        ...deployments.map(({ id, layers: count, neededBy, description }) =>
          [id.slice(0, 12), String(count), needed(neededBy), description].map(plain),
        ),
      ],
      makePaint(io),
      '',
    ),
    '',
    ...formatTable(
      [
        head('layer', 'form', 'size', 'needed by'),
        ...layers.map(({ digest, form, sizeBytes, neededBy }) =>
          [digest.slice(0, 12), form, formatBytes(sizeBytes), needed(neededBy)].map(plain),
        ),
      ],
      makePaint(io),
      '',
    ),
    '',
    ...wrap('', `${uppers.length} writable layers; ${formatBytes(freeBytes)} are free`),
    ...problems.flatMap((text) => wrap('problem: ', text)),
  ];
  return `${lines.join('\n')}\n`;
}
