/**
 * A boot state that is not valid, in words: what an operator reads wherever it matters.
 *
 * Pure.
 */
import type { StateReading } from '../state/reading.ts';

export type Unusable = Exclude<StateReading, { readonly kind: 'valid' }>;

export function describeReading(reading: Unusable): string {
  switch (reading.kind) {
    case 'corrupt':
      return `the boot state is corrupt: ${reading.why}`;
    case 'blank':
    case 'tooNew':
    case 'absent':
    case 'unreadable':
      return reading.why;
    default:
      return reading satisfies never;
  }
}
