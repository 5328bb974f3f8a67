/** `lifeboot diff` and `lifeboot undo`: what differs, and single paths as they were. */
import { type DiffReport, diffDeployments, type ShownDeployment, undoChanges } from '../../app/look-at-roots.ts';
import type { Ports } from '../../app/ports.ts';
import { countChanges, describeCounts, type PackageChange } from '../../core/store/packages.ts';
import { countFiles, type FileChange, isWithin } from '../../core/store/root-diff.ts';
import type { KeptCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson } from '../render.ts';

type Diff = Extract<KeptCommand, { verb: 'diff' }>;
type Undo = Extract<KeptCommand, { verb: 'undo' }>;

export function runDiff(command: Diff, ports: Ports, io: Io): ExitCode {
  const report = diffDeployments(ports, command);
  io.stdout(command.json ? formatJson(jsonOf(report)) : `${textOf(report).join('\n')}\n`);
  return EXIT.ok;
}

/** @returns 2 when nothing is to be undone */
export function runUndo(command: Undo, ports: Ports, io: Io): ExitCode {
  const undone = undoChanges(ports, command);
  const would = command.dryRun ? 'would undo (dry run, nothing is written):' : 'undone:';
  const lines = undone.length === 0 ? ['nothing to change'] : [would, ...undone.map((change) => `  ${lineOf(change)}`)];
  io.stdout(`${lines.join('\n')}\n`);
  return undone.length === 0 ? EXIT.nothingToChange : EXIT.ok;
}

function jsonOf({ from, to, files, packages, texts }: DiffReport): object {
  const shown = files.map((file) => ({ ...file, path: pathOf(file) }));
  const content = files.flatMap((file) => {
    const text = Object.hasOwn(texts, file.path) ? texts[file.path] : undefined;
    return text === undefined ? [] : [{ path: pathOf(file), text }];
  });
  return { from, to, counts: countFiles(files), files: shown, packages, texts: content };
}

function textOf({ from, to, files, packages, texts }: DiffReport): readonly string[] {
  const isEtc = ({ path }: FileChange): boolean => isWithin(path, ['etc']);
  return [
    `from ${describe(from)} to ${describe(to)}`,
    ...(packages === null
      ? []
      : [describeCounts(countChanges(packages)), ...packages.map((each) => `  ${packageLine(each)}`)]),
    ...section('/etc', files.filter(isEtc)),
    ...section(
      'other files',
      files.filter((file) => !isEtc(file)),
    ),
    ...files.flatMap(({ path }) => (Object.hasOwn(texts, path) ? ['', (texts[path] ?? '').trimEnd()] : [])),
  ];
}

function describe({ name, id, version }: ShownDeployment): string {
  const known = [version, id?.slice(0, 12)].filter((each) => each != null).join(', ');
  return known === '' ? name : `${name} (${known})`;
}

function section(title: string, files: readonly FileChange[]): readonly string[] {
  const { added, changed, removed } = countFiles(files);
  if (files.length === 0) return [`${title}: the same`];
  return [`${title}: +${added} ~${changed} −${removed}`, ...collapse(files).map((line) => `  ${line}`)];
}

/** A directory that came or went stands for all that is in it. */
function collapse(files: readonly FileChange[]): readonly string[] {
  const lines: string[] = [];
  let top: { readonly path: string; count: number; readonly line: string } | null = null;
  const end = (): void => {
    if (top !== null) lines.push(top.count === 0 ? top.line : `${top.line} and ${top.count} below`);
    top = null;
  };
  for (const file of files) {
    if (top !== null && isWithin(file.path, [top.path])) {
      top.count += 1;
      continue;
    }
    end();
    const isDir = file.change !== 'changed' && (file.from ?? file.to) === 'dir';
    if (isDir) top = { path: file.path, count: 0, line: lineOf(file) };
    else lines.push(lineOf(file));
  }
  end();
  return lines;
}

const MARKS: Readonly<Record<FileChange['change'], string>> = { added: '+', changed: '~', removed: '−' };

function lineOf(file: FileChange): string {
  const { change, from, to, what } = file;
  const how = what.includes('kind') ? `${from} -> ${to}` : what.join(', ');
  const note = change === 'changed' ? how : (to ?? from ?? '');
  return `${MARKS[change]} ${pathOf(file)}${note === 'file' ? '' : ` (${note})`}`;
}

function pathOf({ path }: FileChange): string {
  return `/${Buffer.from(path, 'latin1').toString()}`;
}

function packageLine({ name, from, to }: PackageChange): string {
  if (from === null) return `+ ${name} ${to}`;
  return to === null ? `− ${name} ${from}` : `~ ${name} ${from} -> ${to}`;
}
