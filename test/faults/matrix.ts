/**
 * Writes the fault matrix as a page: what was injected, what lifeboot did, where the node ended.
 *
 * Pure. Invariant: a fault that was not run, or not as it reads now, says so; nothing is taken over from another run.
 */
import type { Control, Fault } from './fault.ts';
import type { Result } from './result.ts';

export interface Row {
  readonly fault: Fault;
  /** Null: not run. */
  readonly result: Result | null;
  /** Of the build that is there now; another key in the result: it was run with an earlier one. */
  readonly nodeKey: string | null;
}

export interface ControlRow {
  readonly control: Control;
  readonly result: Result | null;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

const HEAD = `# The fault matrix

<!-- Written by \`make faults\`; do not edit. -->

Each fault is injected into a real guest: slot a proven, slot b beside it, and no way in but the node's own reverse tunnel.
It has passed when the far end has logged in to the node through that tunnel, without a hand on the node, in the place
that is named here. Then the same fault is run again with lifeboot's answer to it taken out, and that run must leave the
node unreachable, or in the wrong system. *debian* is a Debian 12 with systemd, *small* is busybox with OpenSSH, *rescue*
the same with \`[rescue]\` configured; all have the standalone initramfs.

*boots* counts starts of the machine since the fault (0: it came back without one). The time is from power-on, or from the
fault on a running node, to the place; the guests are emulated in software, about ten times slower than hardware. Deadlines
are shortened: \`confirm.deadline\` 100 s (small: 60 s), \`confirm.hold\` 10 s; a trial has one attempt. An *unreachable* node
was given twice the time that a healthy one needs until its proof, or 10 s after the last words of its console.

\`make faults\` runs what has no result yet and writes this page; \`make faults FAULTS=NAME,…\` runs some. Results are kept in
\`build/faults\`, with the consoles of both runs. \`make test\` does not run this list: the guests of \`test/vm\` run their own
choice of it at each change (lifeboot crashing, hanging, stuck, missing; a torn initramfs; no root at all; another image in
the good slot; an init and a kernel that hang; no overlay; another node's state; two disks alike; a wrong clock; rescue).
`;

export function formatMatrix(sections: readonly Section[], controls: readonly ControlRow[]): string {
  const rows = sections.flatMap((section) => section.rows);
  const body = sections.map(({ title, rows }) => `## ${title}\n\n${TABLE}${rows.map(formatRow).join('')}`);
  return [HEAD, formatCount(rows), formatControls(controls), ...body].join('\n');
}

/** How many, in words that cannot be misread. */
export function formatCount(rows: readonly Row[]): string {
  const run = rows.filter(({ result }) => result !== null);
  const passed = run.filter(({ result }) => result?.with.ok === true && result.without?.ok === true);
  const debian = passed.filter(({ fault }) => fault.node === 'debian');
  const older = run.filter(isOlder);
  const sentences = [
    `**${rows.length} faults: ${passed.length} passed both runs (${debian.length} of them in the Debian guest)`,
    `${run.length - passed.length} did not, ${rows.length - run.length} not run.**`,
  ];
  const note = older.length === 0 ? '' : ` ${older.length} were run with an earlier build (†).`;
  return `${sentences.join(', ')}${note}\n`;
}

/** A negative run shows nothing unless the same boot without a fault is in reach. */
function formatControls(controls: readonly ControlRow[]): string {
  const items = controls.map(({ control, result }) => {
    const ended =
      result === null ? 'not run' : `${result.with.ok ? 'in reach' : 'FAILED'} after ${result.with.seconds} s`;
    return `- ${control.without.how} (${control.node}): ${ended}\n`;
  });
  return `The same comparison without any fault:\n\n${items.join('')}`;
}

const TABLE = `| fault | what lifeboot did | boots | where the node ended | without it |
| --- | --- | --- | --- | --- |
`;

function isOlder({ result, nodeKey }: Row): boolean {
  return result !== null && nodeKey !== null && result.nodeKey !== nodeKey;
}

function formatRow(row: Row): string {
  const { fault, result } = row;
  const name = `**${fault.name}** (${fault.node})${isOlder(row) ? ' †' : ''}: ${fault.what}`;
  if (result === null) return line([name, fault.answer, '', 'not run', `${fault.without.how}: not run`]);
  const { with: by, without } = result;
  const said = by.said.map((text) => `<br>\`${shorten(text)}\``).join('');
  const ended = `${by.ok ? '' : 'FAILED: '}${by.ended}, ${by.seconds} s`;
  const negative = without === null ? 'not run' : `${without.ok ? '' : 'FAILED: '}${without.ended}`;
  return line([name, `${fault.answer}${said}`, String(by.boots), ended, `${fault.without.how}: ${negative}`]);
}

/** A line of a console, without its time stamp and in the width of a page. */
function shorten(text: string): string {
  const bare = text
    .replace(/^\[ *[\d.]+\] /, '')
    .replaceAll('|', '/')
    .replaceAll('`', "'");
  return bare.length > 140 ? `${bare.slice(0, 139)}…` : bare;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}
