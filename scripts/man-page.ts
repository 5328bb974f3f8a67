/**
 * The manual as a man page: `man-page.ts [SOURCE OUTPUT]`, from docs/lifeboot.8.md to docs/lifeboot.8.
 *
 * Knows just the Markdown that the manual uses: headings, paragraphs, definitions (`term`, then a line that begins with `: `),
 * indented code and tables. Both files are kept; a test holds them together.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './files.ts';
import { repoDir } from './node-package.ts';

/** @returns man(7) source */
export function formatManPage(markdown: string): string {
  const blocks = markdown.trim().split(/\n{2,}/);
  const lines = blocks.flatMap((block) => formatBlock(block));
  // A paragraph that follows a heading needs no mark of its own, and whatis(1) reads NAME only without one.
  const marked = lines.filter((line, index) => line !== '.PP' || !/^\.S[HS] /.test(lines[index - 1] ?? ''));
  return `${marked.join('\n')}\n`;
}

function formatBlock(block: string): string[] {
  if (block.startsWith('# ')) {
    const [, name = '', section = ''] = /^# (.+)\((\d)\)$/.exec(block) ?? [];
    return [`.TH ${name} ${section} "" lifeboot "System Manager's Manual"`];
  }
  if (block.startsWith('### ')) return [`.SS ${formatText(block.slice(4))}`];
  if (block.startsWith('## ')) return [`.SH ${formatText(block.slice(3))}`];
  if (block.startsWith('    ')) return ['.PP', '.RS 4', '.nf', ...formatCode(block), '.fi', '.RE'];
  if (block.startsWith('| ')) return formatTable(block);
  const definition = /^(.+)\n: ([\s\S]+)$/.exec(block);
  if (definition === null) return ['.PP', ...formatLines(block)];
  return ['.TP', ...formatLines(definition[1] ?? ''), ...formatLines(definition[2] ?? '')];
}

function formatCode(block: string): string[] {
  return block.split('\n').map((line) => protect(escapeText(line.replace(/^ {4}/, ''))));
}

/** Rows as definitions: a terminal of 80 columns has no room for more. */
function formatTable(block: string): string[] {
  const rows = block.split('\n').slice(2);
  return rows.flatMap((row) => {
    const [term = '', text = ''] = row.split('|').slice(1, -1);
    return ['.TP', ...formatLines(term.trim()), ...formatLines(text.trim())];
  });
}

function formatLines(text: string): string[] {
  return [
    protect(
      formatText(
        text
          .split('\n')
          .map((line) => line.trim())
          .join(' '),
      ),
    ),
  ];
}

function formatText(text: string): string {
  return escapeText(text)
    .replaceAll(/`([^`]+)`/g, '\\fB$1\\fR')
    .replaceAll(/\*([^* ][^*]*)\*/g, '\\fI$1\\fR');
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A dot or an apostrophe at the start of a line would be a command. */
function protect(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

if (import.meta.main) {
  const [source = join(repoDir, 'docs/lifeboot.8.md'), output = join(repoDir, 'docs/lifeboot.8')] =
    process.argv.slice(2);
  writeAtomically(output, formatManPage(readFileSync(source, 'utf8')));
}
