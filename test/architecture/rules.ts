/**
 * The rules that keep dependencies pointing one way: main → cli → app → core; platform implements app/ports.ts.
 *
 * Pure: each rule takes the source tree and returns its violations as lines a person can act on.
 */
import { findCycle, type Import, importsOf, type SourceTree, withoutCommentsAndStrings } from './source-tree.ts';

type Layer = 'main' | 'cli' | 'app' | 'core' | 'platform';

const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  main: ['main', 'cli', 'app', 'core', 'platform'],
  cli: ['cli', 'app', 'core'],
  app: ['app', 'core'],
  core: ['core'],
  platform: ['platform', 'core'],
};

/**
 * Node modules that compute and neither read nor change the machine, and the one that loads parts of our own code. The
 * others belong to platform and main.
 */
const PURE_NODE_MODULES = ['node:buffer', 'node:crypto', 'node:module', 'node:path', 'node:path/posix', 'node:util'];

const PORTS = 'src/app/ports.ts';

/** The layer of a file of src/, or undefined for a file that is in none. */
export function layerOf(file: string): Layer | undefined {
  if (file === 'src/main.ts') return 'main';
  const folder = /^src\/([^/]+)\//.exec(file)?.[1];
  return folder !== undefined && folder !== 'main' && folder in MAY_IMPORT ? (folder as Layer) : undefined;
}

function problemOf({ from, to, isFile, isTypeOnly }: Import, layer: Layer): string | undefined {
  const refusal = `${from}: ${layer} may not import ${to}`;
  if (!isFile) {
    const isFree =
      layer === 'platform' || layer === 'main' || !to.startsWith('node:') || PURE_NODE_MODULES.includes(to);
    return isFree ? undefined : refusal;
  }
  if (layer === 'platform' && to === PORTS) {
    return isTypeOnly ? undefined : `${from}: only types may come from ${PORTS}: write 'import type'`;
  }
  const target = layerOf(to);
  return target !== undefined && MAY_IMPORT[layer].includes(target) ? undefined : refusal;
}

/** Imports against the arrows, I/O modules in pure layers, and files that are in no layer. */
export function layerViolations(tree: SourceTree): string[] {
  return Object.entries(tree).flatMap(([file, source]) => {
    const layer = layerOf(file);
    if (layer === undefined) return [`${file}: is in no layer`];
    return importsOf(file, source).flatMap((found) => problemOf(found, layer) ?? []);
  });
}

/** Import cycles, as one line each; finds one at a time. */
export function cycleViolations(tree: SourceTree): string[] {
  const cycle = findCycle(tree);
  return cycle === undefined ? [] : [cycle.join(' → ')];
}

/** Uses of the global `process` (or of its module) outside main.ts: adapters get what they need from there. */
export function processViolations(tree: SourceTree): string[] {
  return Object.entries(tree).flatMap(([file, source]) => {
    if (file === 'src/main.ts') return [];
    const isImported = importsOf(file, source).some(({ to }) => to === 'node:process');
    const isUsed = /(?<![\w.$])process\s*(\?\.|\.|\[)/.test(withoutCommentsAndStrings(source));
    return isImported || isUsed ? [`${file}: uses process; only src/main.ts may`] : [];
  });
}

/** Files longer than the hard limit. */
export function lengthViolations(tree: SourceTree, maxLines: number): string[] {
  return Object.entries(tree).flatMap(([file, source]) => {
    const lines = source.trimEnd().split('\n').length;
    return lines > maxLines ? [`${file}: ${lines} lines, at most ${maxLines}`] : [];
  });
}
