/**
 * What the running system has changed of its deployment; a part of `ports.ts`.
 *
 * Types only.
 */
import type { EtcSides } from '../core/etc/merge-etc.ts';
import type { BaseSource } from '../core/root/base-source.ts';
import type { SlotName } from '../core/slot.ts';

/** A name of the image that the running system does not show as the image has it. */
export interface Drift {
  /** From the root, without the slash at its head. */
  readonly path: string;
  readonly kind: 'changed' | 'deleted';
  /** In the writable layer; of what was deleted: 0. */
  readonly sizeBytes: number;
  /** Of a directory, what is in it. */
  readonly imageBytes: number;
}

/** Reads only; what is mounted for it goes again. */
export interface Changes {
  /** Sorted by path. @throws BootError UNAVAILABLE when the root is no overlay of lifeboot's */
  drift(): readonly Drift[];
  /**
   * `/etc` as the running deployment brings it, as it is, and as the deployment of `slot` brings it.
   * @param source where the slot's base is, as configured
   * @throws BootError UNAVAILABLE as above; ABSENT, CONTENT, IO when the slot cannot be looked into
   */
  etcSides(slot: SlotName, source: BaseSource): EtcSides;
}
