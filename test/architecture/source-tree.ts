/**
 * The program as a graph: which file imports what. Works on text, so the rules can be tested on invented sources.
 *
 * Pure. Comments and strings are blanked before names are looked for, imports are taken from the text as written;
 * the formatter keeps an import's closing `from '…';` on one line.
 */
import { posix } from 'node:path';

/** Source text by path from the repository's top (`src/core/slot.ts`). */
export type SourceTree = Readonly<Record<string, string>>;

export interface Import {
  readonly from: string;
  /** A path from the top for files, else the module name (`node:fs`, `minimist`). */
  readonly to: string;
  readonly isFile: boolean;
  readonly isTypeOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** All imports and re-exports of one file, dynamic ones too. */
export function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORT)].map(([, type, module, dynamic]) => {
    const name = module ?? dynamic ?? '';
    const isFile = name.startsWith('.');
    const to = isFile ? posix.join(posix.dirname(file), name) : name;
    return { from: file, to, isFile, isTypeOnly: type !== undefined };
  });
}

/** The source with comments and the content of strings blanked; code inside template literals stays. */
export function withoutCommentsAndStrings(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/gm, '');
}

/** One import cycle as a list of files that ends where it began, or undefined. Type-only imports count too. */
export function findCycle(tree: SourceTree): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    const source = tree[file];
    if (source === undefined || finished.has(file)) return undefined;
    for (const { to } of importsOf(file, source)) {
      const cycle = visit(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(file);
    return undefined;
  };
  for (const file of Object.keys(tree)) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
