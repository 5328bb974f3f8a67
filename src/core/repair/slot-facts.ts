/**
 * What a look at a slot that does not run has shown: raw facts, without a judgement.
 *
 * Pure types. A look that ended early (no device, nothing recognised) leaves the later parts null.
 */
import type { Deployment } from '../state/state.ts';

/** A device that was found by a slot's name. */
export interface FoundDisk {
  /** Such as `/dev/vda2`. */
  readonly path: string;
  /** `MAJOR:MINOR`, or null where sysfs does not tell. */
  readonly number: string | null;
  readonly sizeBytes: number;
  readonly partuuid: string | null;
  readonly serial: string | null;
  readonly removable: boolean;
  readonly writeProtected: boolean;
  /** Where its file system is mounted, or null. */
  readonly mountedAt: string | null;
  /** It is mounted so that it may change at any moment. */
  readonly mountedWritable: boolean;
  readonly notes: readonly string[];
}

/** `absent`: not there; `content`: what it holds is wrong; `io`: it cannot be read. */
export interface Trouble {
  readonly kind: 'absent' | 'content' | 'io';
  readonly why: string;
}

export interface SuperblockFacts {
  /** The file system, such as `ext4`; null: none was recognised. */
  readonly type: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  /** As the superblock tells it; null where lifeboot does not read it. */
  readonly sizeBytes: number | null;
  /** A dirty journal, errors that were seen before. */
  readonly notes: readonly string[];
  /** Of ext3 and ext4: a check that may not replay the journal also sees what the journal would put right. */
  readonly isJournalDirty: boolean;
  /** Nothing is recognised at the head, but a backup superblock of ext4 is further in. */
  readonly hasBackup: boolean;
}

/** What the file system's own program said. */
export interface CheckFacts {
  readonly program: string;
  readonly outcome: 'clean' | 'errors' | 'notRun';
  /** The first of what it complained about, or why it did not run. */
  readonly said: string;
}

/** A file that a boot needs, or what is wrong with it. */
export interface PartFact {
  readonly path: string;
  readonly trouble: Trouble | null;
}

export interface ReadFacts {
  readonly files: number;
  /** Files that could not be read, the first few. */
  readonly failed: readonly string[];
  readonly failures: number;
  /** Time ran out before every file was read. */
  readonly isPartial: boolean;
}

export interface SlotFacts {
  /** The slot's device as configured. */
  readonly name: string;
  readonly disk: FoundDisk | Trouble;
  /** Why the device cannot be read at all, or null. */
  readonly unreadable: string | null;
  readonly superblock: SuperblockFacts | null;
  /** null: there is no program for this file system. */
  readonly check: CheckFacts | null;
  /** Why it cannot be mounted, or null: it was, or it was not tried. */
  readonly mount: Trouble | null;
  readonly deployment: Deployment | null;
  readonly init: PartFact | null;
  /** Kernels and initramfs that the slot carries itself; none: it boots with a shared kernel. */
  readonly kernel: readonly PartFact[];
  readonly read: ReadFacts | null;
}

export function isFound(disk: FoundDisk | Trouble): disk is FoundDisk {
  return 'path' in disk;
}
