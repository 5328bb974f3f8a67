/**
 * Which deployment of an OSTree repository is meant, and the order in which its boot entries put them.
 *
 * Pure. Sources: ostree's `ostree-sysroot.c` (names of links and directories) and `ostree-bootconfig-parser.c` (boot
 * entries); the order is that of `ostree admin status`: the entry with the highest `version` comes first.
 */
import { BootError } from '../errors.ts';

/** What the configuration names. */
export interface OstreeName {
  readonly stateroot: string;
  /** One deployment, whatever the order is: the directory `CHECKSUM.SERIAL`; null: the one at `index`. */
  readonly fixed: string | null;
  /** 0: the one that boots by default. */
  readonly index: number;
}

/** As in the schema, so that a name that reaches the disk has neither `/` nor `..` in a part. */
export const OSTREE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/(\d{1,2}|[0-9a-f]{64}\.\d{1,9}))?$/;

/**
 * @param text `STATEROOT`, `STATEROOT/INDEX` or `STATEROOT/CHECKSUM.SERIAL`
 * @throws BootError CONFIG
 */
export function parseOstreeName(text: string): OstreeName {
  if (!OSTREE_NAME.test(text)) throw new BootError('CONFIG', `'${text}' names no OSTree deployment`);
  const [stateroot = '', which = '0'] = text.split('/');
  const fixed = which.includes('.') ? which : null;
  return { stateroot, fixed, index: fixed === null ? Number(which) : 0 };
}

/** A boot entry that `ostree` wrote. */
export interface OstreeEntry {
  readonly version: number;
  /** The link `/ostree/boot.N/STATEROOT/BOOTCHECKSUM/SERIAL` of its `ostree=`. */
  readonly link: string;
  readonly stateroot: string;
}

/** @param text a file of `/boot/loader/entries`; @returns null when it boots no deployment */
export function parseBootEntry(text: string): OstreeEntry | null {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const match = /^([A-Za-z-]+)[ \t]+(.*\S)[ \t\r]*$/.exec(line);
      return match?.[1] === undefined ? [] : [[match[1], match[2] ?? ''] as const];
    }),
  );
  const words = (values.get('options') ?? '').split(/[ \t]+/);
  const link = words.find((word) => word.startsWith('ostree='))?.slice('ostree='.length);
  const stateroot = /^\/ostree\/boot\.[01]\/([^/]+)\/[^/]+\/\d+$/.exec(link ?? '')?.[1];
  if (link === undefined || stateroot === undefined || stateroot === '..') return null;
  const version = Number(values.get('version') ?? '0');
  return { version: Number.isFinite(version) ? version : 0, link, stateroot };
}

/** The entries of one stateroot, in the order in which `ostree admin status` lists them. */
export function inBootOrder(entries: readonly OstreeEntry[], stateroot: string): readonly OstreeEntry[] {
  return entries.filter((entry) => entry.stateroot === stateroot).sort((a, b) => b.version - a.version);
}

/** @returns the commit of a deployment's directory `CHECKSUM.SERIAL`; null: that is no such name */
export function commitOf(directory: string): string | null {
  return /^([0-9a-f]{64})\.\d+$/.exec(directory)?.[1] ?? null;
}

/** @returns whether `[sysroot] readonly` is true in the text of a repository's `config` or of `prepare-root.conf` */
export function isSysrootReadOnly(text: string): boolean {
  let section = '';
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line.startsWith('[')) section = line;
    else if (section === '[sysroot]' && /^readonly\s*=\s*(true|yes|1)$/.test(line)) return true;
  }
  return false;
}

/**
 * What `/run/ostree-booted` holds: a GVariant `a{sv}` with `sysroot-ro`, as ostree-prepare-root writes it since 2023.6;
 * older releases ask only whether the file is there.
 */
export function ostreeBootedFile(isReadOnly: boolean): Uint8Array {
  const key = Buffer.from('sysroot-ro\0', 'ascii');
  const value = Buffer.from([isReadOnly ? 1 : 0, 0, 'b'.charCodeAt(0)]);
  const padding = Buffer.alloc(16 - key.length);
  const entry = Buffer.concat([key, padding, value, Buffer.from([key.length])]);
  return Buffer.concat([entry, Buffer.from([entry.length])]);
}
