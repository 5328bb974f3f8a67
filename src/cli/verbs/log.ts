/** `lifeboot log`: past boots, newest last. */
import type { Ports } from '../../app/ports.ts';
import { reportLog } from '../../app/report-past.ts';
import type { LogEntry } from '../../core/operate/boot-log.ts';
import type { Outcome } from '../../core/slot.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import {
  type Cell,
  type Colour,
  formatJson,
  formatTable,
  makePaint,
  PAGE_WIDTH,
  type Paint,
  plain,
  wrap,
} from '../render.ts';

export function runLog(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const entries = reportLog(ports);
  if (command.json) io.stdout(formatJson(entries));
  else if (entries.length === 0) io.stdout('no boots are recorded yet\n');
  else io.stdout(`${formatLog(entries, makePaint(io)).join('\n')}\n`);
  return EXIT.ok;
}

const HEAD: readonly Cell[] = ['started', 'slot', 'attempt', 'outcome', 'proof', 'reason'].map((text) => ({
  text,
  colour: 'bold',
}));

/** What a colour says of an outcome: as it should be, waiting, nobody's fault, or against the slot. */
export const OUTCOME_COLOURS: Readonly<Record<Outcome, Colour | null>> = {
  running: null,
  proven: 'green',
  alive: 'yellow',
  failed: 'red',
  'no-tunnel': 'red',
  outage: 'yellow',
  busy: 'yellow',
  clock: 'yellow',
  cut: 'red',
  rescue: 'magenta',
};

/** The reason stands at the end of its row where that fits the page, and else below it. */
function formatLog(entries: readonly LogEntry[], paint: Paint): readonly string[] {
  const rows = formatTable([HEAD, ...entries.map(formatEntry)], paint, '');
  const widths = formatTable([HEAD, ...entries.map(formatEntry)], (text) => text, '').map((row) => row.length);
  return rows.flatMap((row, index) => {
    const reason = entries[index - 1]?.reason ?? '';
    const isLong = reason !== '' && (widths[index] ?? 0) > PAGE_WIDTH;
    return isLong ? [row.slice(0, -reason.length).trimEnd(), ...wrap('    ', reason)] : [row];
  });
}

function formatEntry(entry: LogEntry): readonly Cell[] {
  const mode = entry.mode === 'normal' ? '' : ` ${entry.mode}`;
  return [
    plain(entry.startedAt ?? 'clock not set'),
    plain(entry.slot ?? '-'),
    plain(`${entry.attempt ?? '-'}${mode}`),
    { text: entry.outcome, colour: OUTCOME_COLOURS[entry.outcome] },
    plain(entry.proof ?? '-'),
    plain(entry.reason ?? ''),
  ];
}
