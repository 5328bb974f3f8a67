/**
 * What reading the boot state gave: every way in which it can go wrong is an input to the decision, not an exception.
 *
 * Pure types. Invariant: `tooNew` is never overwritten, because the release that wrote it may come back.
 */
import type { BootState } from './state.ts';

export type StateReading =
  /** A valid record. `note` tells of the other one when it was not in order. */
  | {
      readonly kind: 'valid';
      readonly state: BootState;
      readonly sequence: bigint;
      readonly record: 0 | 1;
      readonly note: string | null;
    }
  /** The medium holds no record at all: a new node. */
  | { readonly kind: 'blank'; readonly why: string }
  /** There were records, and none is valid. */
  | { readonly kind: 'corrupt'; readonly why: string }
  /** Written by a release with a higher major format. */
  | { readonly kind: 'tooNew'; readonly major: number; readonly why: string }
  /** The device or the file is not there. */
  | { readonly kind: 'absent'; readonly why: string }
  /** The medium answered with an error. */
  | { readonly kind: 'unreadable'; readonly why: string };
