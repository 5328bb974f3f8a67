/** `lifeboot drift`: the image's files that the running system does not show as they are. */
import { reportDrift } from '../../app/look-at-changes.ts';
import type { Ports } from '../../app/ports.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type Cell, formatJson, formatTable, makePaint, plain } from '../render.ts';

export function runDrift(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const report = reportDrift(ports);
  if (command.json) {
    io.stdout(formatJson(report));
    return EXIT.ok;
  }
  const { drift, total } = report;
  const head = ['', 'here', 'in the image', 'path'].map((text): Cell => ({ text, colour: 'bold' }));
  const rows = drift.map(({ path, kind, sizeBytes, imageBytes }) => [
    plain(kind),
    plain(kind === 'deleted' ? '-' : String(sizeBytes)),
    plain(String(imageBytes)),
    plain(`/${path}`),
  ]);
  const sum = `${drift.length} names of the image, ${total.imageBytes} bytes, are hidden by ${total.sizeBytes} bytes`;
  const table = drift.length === 0 ? [] : formatTable([head, ...rows], makePaint(io), '');
  io.stdout(`${[...table, drift.length === 0 ? 'the running system shows the image as it is' : sum].join('\n')}\n`);
  return EXIT.ok;
}
