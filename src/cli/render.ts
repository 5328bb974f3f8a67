/**
 * Text for people: colours, tables, wrapping.
 *
 * Pure. Invariant: what is printed without colours reads the same; a colour never carries the meaning alone.
 */
import type { Io } from './io.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'magenta' | 'bold' | 'dim';

const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, magenta: 35, bold: 1, dim: 2 };

export type Paint = (text: string, colour: Colour | null) => string;

/** Colours only on a terminal, and never with `NO_COLOR`. */
export function makePaint(io: Io): Paint {
  const isPlain = !io.isTerminal || (io.env.NO_COLOR ?? '') !== '';
  return (text, colour) => (isPlain || colour === null || text === '' ? text : `\x1b[${CODES[colour]}m${text}\x1b[0m`);
}

export interface Cell {
  readonly text: string;
  readonly colour: Colour | null;
}

/** Columns as wide as their widest cell; the last one is as long as it is. */
export function formatTable(rows: readonly (readonly Cell[])[], paint: Paint, indent = '  '): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map(({ text, colour }, column) => {
      const padding = column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length);
      return paint(text, colour) + padding;
    });
    return (indent + cells.join('  ')).trimEnd();
  });
}

/** A cell without a colour. */
export function plain(text: string): Cell {
  return { text, colour: null };
}

export const PAGE_WIDTH = 80;

/** `first` and then `text`, broken at spaces so that it reads well at 80 columns; later lines stand below the text. */
export function wrap(first: string, text: string, width = PAGE_WIDTH): string[] {
  const indent = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line];
}

/** JSON as the reading verbs print it: indented, one line end at the end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
