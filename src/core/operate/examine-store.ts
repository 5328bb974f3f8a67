/**
 * Whether a node has what `run` and `snapshot` need: they come with packages that a small system may lack.
 *
 * Pure.
 */
import type { Config } from '../config/config.ts';
import { type Finding, ok } from './finding.ts';

const TOOLS: readonly { readonly names: readonly string[]; readonly package: string }[] = [
  { names: ['mkfs.erofs', 'mksquashfs'], package: 'erofs-utils' },
  { names: ['getfattr'], package: 'attr' },
  { names: ['unshare'], package: 'util-linux' },
];
const PLACES = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** Where those programs may be. */
export function storeTools(): readonly string[] {
  return TOOLS.flatMap(({ names }) => names.flatMap((name) => PLACES.map((place) => `${place}/${name}`)));
}

/** @param found those of {@link storeTools} that are there */
export function examineStore({ upper }: Config, found: readonly string[]): readonly Finding[] {
  if (upper.device === null || upper.kind !== 'persistent') return [];
  const missing = TOOLS.filter(({ names }) => !names.some((name) => found.some((path) => path.endsWith(`/${name}`))));
  if (missing.length === 0) return [ok('layers', 'what run and snapshot need is installed')];
  // A node may do without them: nothing that boots needs any of it.
  const lacking = missing.map(({ names, package: name }) => `${names.join(' or ')} (package ${name})`).join(', ');
  return [ok('layers', `run and snapshot need what is not installed: ${lacking}`)];
}
