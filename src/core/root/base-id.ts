/**
 * The base id: which system is in a slot, told from what hardly ever lies and costs almost nothing to read.
 *
 * Pure. SHA-256 over the file-system type, UUID and size, the superblock without its volatile fields, and the
 * content that names the system. Never the whole device: a base of 16 GB must be told apart in milliseconds.
 * Health, attempts and proof belong to this id, so it must not change by mounting, and must change by an update.
 */
import { createHash } from 'node:crypto';
import { maskSuperblock, superblockLayout, viewOf } from './superblock.ts';

export interface BaseFacts {
  readonly type: string;
  readonly uuid: string | null;
  readonly deviceBytes: bigint;
  /** The bytes of the superblock, or null for a file system whose superblock is not read. */
  readonly superblock: Uint8Array | null;
  /** What names the system: path and digest of its content. */
  readonly content: readonly { readonly path: string; readonly digest: string }[];
}

/** @returns 64 lower-case hex digits */
export function baseId(facts: BaseFacts): string {
  const layout = superblockLayout(facts.type);
  const superblock = facts.superblock !== null && layout !== null ? facts.superblock : null;
  const size = superblock === null || layout === null ? null : layout.size(viewOf(superblock));
  const lines = [
    'lifeboot base id 1',
    `type ${facts.type}`,
    `uuid ${facts.uuid ?? '-'}`,
    `size ${size ?? facts.deviceBytes}`,
    `superblock ${superblock === null || layout === null ? '-' : sha256(maskSuperblock(layout, superblock))}`,
    ...facts.content.map(({ path, digest }) => `content ${path} ${digest}`),
  ];
  return sha256(`${lines.join('\n')}\n`);
}

/** @returns SHA-256 as lower-case hex digits */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * A version that an operator recognises.
 * @param text `/usr/lib/lifeboot/base-id` or `os-release`: `KEY=value` lines, or any text whose first line names it
 */
export function versionFrom(text: string): string | null {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) values.set(match[1], unquote(match[2] ?? ''));
  }
  const id = values.get('ID');
  const versionId = values.get('VERSION_ID');
  const named = versionId === undefined || id === undefined ? versionId : `${id} ${versionId}`;
  const version = values.get('IMAGE_VERSION') ?? named ?? values.get('PRETTY_NAME') ?? id;
  const firstLine = values.size > 0 ? undefined : text.trim().split('\n')[0];
  return clean(version ?? firstLine ?? '');
}

function unquote(value: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value.trim());
  return quoted === null ? value.trim() : (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
}

/** One short printable line: this text goes to consoles and into the state. */
function clean(text: string): string | null {
  const short = text
    .replace(/[^\x20-\x7e]/g, ' ')
    .trim()
    .slice(0, 64);
  return short === '' ? null : short;
}
