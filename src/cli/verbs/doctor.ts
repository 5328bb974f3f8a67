/** `lifeboot doctor`: every finding, and what to do about it. */
import { examineNode } from '../../app/doctor.ts';
import type { Ports } from '../../app/ports.ts';
import type { Finding } from '../../core/operate/finding.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type Colour, formatJson, makePaint, type Paint, wrap } from '../render.ts';

const COLOURS: Readonly<Record<Finding['level'], Colour>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function runDoctor(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const findings = examineNode(ports);
  io.stdout(command.json ? formatJson(findings) : formatFindings(findings, makePaint(io)));
  if (findings.some(({ level }) => level === 'fail')) return EXIT.failed;
  return findings.some(({ level }) => level === 'warn') ? EXIT.degraded : EXIT.ok;
}

function formatFindings(findings: readonly Finding[], paint: Paint): string {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return [
    ...findings.flatMap((finding) => formatFinding(finding, paint)),
    '',
    `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`,
    '',
  ].join('\n');
}

/** One finding, wrapped, with its advice. */
export function formatFinding({ level, subject, found, advice }: Finding, paint: Paint): string[] {
  const head = `${level.padEnd(4)}  `;
  const [first = '', ...others] = wrap(head, `${subject}: ${found}`);
  const coloured = paint(level, COLOURS[level]) + first.slice(level.length);
  return [coloured, ...others, ...(advice === null ? [] : wrap('      -> ', advice))];
}
