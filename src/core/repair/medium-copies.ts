/**
 * Whether a recovery medium can bring the node's identity up when the data partition is gone with its disk.
 *
 * Pure: from facts to findings. While the data partition lives, every root gets its identity from there; what counts
 * here is what the medium itself carries: the files in its root, or an initramfs that was made after them.
 */
import { type Finding, ok, warn } from '../operate/finding.ts';
import type { SlotName } from '../slot.ts';

export interface CopyOnMedium {
  readonly path: string;
  /** SHA-256 of its content; null: the file is not there. */
  readonly digest: string | null;
  /** Milliseconds since 1970; null: the file is not there. */
  readonly modifiedMs: number | null;
}

export interface MediumCopies {
  readonly copies: readonly CopyOnMedium[];
  /** When the newest initramfs on it was made, or null: it has none. */
  readonly initramfsMs: number | null;
}

export interface MediumFacts {
  readonly slot: SlotName;
  readonly medium: MediumCopies;
  /** The node's own files: what every copy should be. */
  readonly own: readonly { readonly path: string; readonly digest: string; readonly modifiedMs: number }[];
  /** A removable device that was never proven is given no identity files. */
  readonly isStranger: boolean;
}

export function examineMedium({ slot, medium, own, isStranger }: MediumFacts): readonly Finding[] {
  const subject = `recovery ${slot}`;
  const copyOf = (path: string) => medium.copies.find((copy) => copy.path === path);
  const isInImage = (modifiedMs: number) => medium.initramfsMs !== null && medium.initramfsMs >= modifiedMs;
  const stale = own.filter(({ path, digest }) => {
    const found = copyOf(path)?.digest ?? null;
    return found !== null && found !== digest;
  });
  const missing = own.filter(({ path, modifiedMs }) => copyOf(path)?.digest == null && !isInImage(modifiedMs));
  const older = (path: string, modifiedMs: number) => (copyOf(path)?.modifiedMs ?? 0) < modifiedMs;
  const named = (files: readonly { readonly path: string }[]) => files.map(({ path }) => `'${path}'`).join(', ');
  const staleImage = missing.length > 0 && medium.initramfsMs !== null;
  const all = [
    ...(isStranger
      ? [
          warn(
            subject,
            'it is removable and was never proven, so it gets no identity files and has no tunnel',
            `prove it once ('lifeboot switch ${slot} --once'), or set removable = true for it`,
          ),
        ]
      : []),
    ...(stale.length === 0 ? [] : [warn(subject, `it carries ${ageOf(stale, older)} of ${named(stale)}`, renew(slot))]),
    ...(missing.length === 0
      ? []
      : [
          warn(
            subject,
            staleImage
              ? `its initramfs is older than ${named(missing)}`
              : `it carries no copy of ${named(missing)}: without the data partition it has no tunnel`,
            renew(slot),
          ),
        ]),
  ];
  return all.length > 0 || own.length === 0
    ? all
    : [ok(subject, `it carries what it needs of all ${own.length} identity files itself`)];
}

function ageOf(
  files: readonly { readonly path: string; readonly modifiedMs: number }[],
  older: (path: string, modifiedMs: number) => boolean,
): string {
  return files.every(({ path, modifiedMs }) => older(path, modifiedMs)) ? 'an older version' : 'another version';
}

function renew(slot: SlotName): string {
  return `copy them to it while it is mounted, or write an image with them: 'lifeboot repair ${slot} --from IMAGE'`;
}
