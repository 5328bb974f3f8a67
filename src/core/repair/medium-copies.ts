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
  readonly copy: 'same' | 'differs' | 'missing';
  /** Milliseconds since 1970; null: the file is not on the medium. */
  readonly modifiedMs: number | null;
  /** When the node's own file was made. */
  readonly ownModifiedMs: number;
}

export interface MediumCopies {
  readonly copies: readonly CopyOnMedium[];
  /** When the newest initramfs on it was made, or null: it has none. */
  readonly initramfsMs: number | null;
}

export interface MediumFacts extends MediumCopies {
  readonly slot: SlotName;
  /** A removable device that was never proven is given no identity files. */
  readonly isStranger: boolean;
}

export function examineMedium({ slot, copies, initramfsMs, isStranger }: MediumFacts): readonly Finding[] {
  const subject = `recovery ${slot}`;
  const differing = copies.filter(({ copy }) => copy === 'differs');
  const missing = copies.filter(({ copy, ownModifiedMs }) => {
    const isInImage = initramfsMs !== null && initramfsMs >= ownModifiedMs;
    return copy === 'missing' && !isInImage;
  });
  const isOlder = differing.every(({ modifiedMs, ownModifiedMs }) => (modifiedMs ?? 0) < ownModifiedMs);
  const lacking =
    initramfsMs === null
      ? `it carries no copy of ${named(missing)}: without the data partition it has no tunnel`
      : `its initramfs is older than ${named(missing)}`;
  const findings = [
    ...(isStranger ? [warn(subject, STRANGER, `prove it once, or set removable = true in [slots.${slot}]`)] : []),
    ...(differing.length === 0
      ? []
      : [warn(subject, `it carries ${isOlder ? 'older' : 'other'} versions of ${named(differing)}`, renew(slot))]),
    ...(missing.length === 0 ? [] : [warn(subject, lacking, renew(slot))]),
  ];
  if (findings.length > 0 || copies.length === 0) return findings;
  return [ok(subject, `it carries all ${copies.length} identity files itself`)];
}

const STRANGER = 'it is removable and was never proven, so it is given no identity files and has no tunnel';

function named(files: readonly CopyOnMedium[]): string {
  return files.map(({ path }) => `'${path}'`).join(', ');
}

function renew(slot: SlotName): string {
  return `copy them to it while it is mounted, or write an image with them: 'lifeboot repair ${slot} --from IMAGE'`;
}
