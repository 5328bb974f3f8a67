/**
 * What `repair` needs of the machine; a part of `ports.ts`.
 *
 * Types only. Everything is synchronous. Errors are `BootError`s.
 */
import type { MediumCopies } from '../core/repair/medium-copies.ts';
import type { FoundDisk, SlotFacts } from '../core/repair/slot-facts.ts';
import type { SourceFacts } from '../core/repair/source-facts.ts';
import type { BaseSource } from '../core/root/base-source.ts';

/** What `repair` does to slots that do not run. */
export interface Repairs {
  /** Looks at all that a slot needs to boot; changes nothing, leaves nothing mounted. What cannot be seen is a fact. */
  examine(request: BaseSource & { readonly recorded: DeviceRecord | null; readonly init: string | null }): SlotFacts;
  /** The same for an image or another slot's device, before it is written anywhere. */
  examineSource(source: SourceFacts, init: string | null): SlotFacts;
  /** @throws BootError ABSENT, CONTENT, IO */
  findDisk(root: string, recorded: DeviceRecord | null): FoundDisk;
  /** @param disk the device of another slot; null: `path` is an image. @throws BootError ABSENT, CONTENT, IO */
  readSource(what: string, path: string, disk: FoundDisk | null): SourceFacts;
  /** @throws BootError REFUSED when the device is in use, IO */
  openWriter(request: WriteRequest): SlotWriter;
  /** Repairs a file system in place. @throws BootError IO with what is left wrong */
  fixFileSystem(path: string): void;
  /** The identity files that a slot's own medium carries. @throws BootError ABSENT, CONTENT, IO */
  findCopies(source: BaseSource, recorded: DeviceRecord | null, files: readonly string[]): MediumCopies;
}

export interface DeviceRecord {
  readonly partuuid: string | null;
  readonly serial: string | null;
}

export interface WriteRequest {
  /** An image or a device. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** The steps of `core/repair/write-steps.ts` on a device. What one has returned for is on the medium. Each throws BootError IO. */
export interface SlotWriter {
  /** Whether the medium holds exactly the source already. */
  holdsSource(): boolean;
  clearHead(): void;
  /** @param progress is told how many bytes are done */
  writeBody(progress: (bytes: number) => void): void;
  checkBody(progress: (bytes: number) => void): void;
  writeHead(): void;
  close(): void;
}
