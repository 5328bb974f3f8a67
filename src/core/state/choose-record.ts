/**
 * From the bytes of both records to one reading, and to the record that may be written next.
 *
 * Pure. Invariants: the newest valid record is never the one to be written; nothing written by a newer format is.
 */

import type { StateReading } from './reading.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import type { BootState } from './state.ts';
import { formatState, parseState } from './state-json.ts';

/** The bytes of a record, or why they could not be read. */
export type RawRecord = Uint8Array | { readonly error: string };

type Candidate =
  | { readonly kind: 'valid'; readonly state: BootState; readonly sequence: bigint }
  | { readonly kind: 'blank' }
  | { readonly kind: 'corrupt' | 'unreadable'; readonly why: string }
  | { readonly kind: 'tooNew'; readonly major: number };

export function chooseRecord(records: readonly [RawRecord, RawRecord]): StateReading {
  const candidates = records.map(examine) as [Candidate, Candidate];
  for (const candidate of candidates) {
    if (candidate.kind === 'tooNew') return tooNew(candidate.major);
  }
  const [first, second] = candidates;
  // Equal sequences: record 0.
  if (first.kind === 'valid' && (second.kind !== 'valid' || first.sequence >= second.sequence)) {
    return { ...first, record: 0, note: noteOn(1, second) };
  }
  if (second.kind === 'valid') return { ...second, record: 1, note: noteOn(0, first) };
  return withoutValid(candidates);
}

/**
 * @param reading what the medium holds now
 * @returns which record to write, and its bytes; null when nothing may be written
 */
export function nextRecord(
  reading: StateReading,
  state: BootState,
): { readonly record: 0 | 1; readonly sequence: bigint; readonly bytes: Uint8Array } | null {
  if (reading.kind === 'tooNew') return null;
  const newest = reading.kind === 'valid' ? reading : { record: 1, sequence: 0n };
  const sequence = newest.sequence + 1n;
  return { record: newest.record === 0 ? 1 : 0, sequence, bytes: encodeRecord(formatState(state), sequence) };
}

function examine(raw: RawRecord): Candidate {
  if ('error' in raw) return { kind: 'unreadable', why: raw.error };
  const decoded = decodeRecord(raw);
  if (decoded.kind !== 'valid') return decoded;
  const parsed = parseState(decoded.payload);
  if ('why' in parsed) return { kind: 'corrupt', why: parsed.why };
  return { kind: 'valid', state: parsed.state, sequence: decoded.sequence };
}

function tooNew(major: number): StateReading {
  return { kind: 'tooNew', major, why: `the boot state has format ${major}, which this release does not know` };
}

function noteOn(record: 0 | 1, candidate: Candidate): string | null {
  if (candidate.kind !== 'corrupt' && candidate.kind !== 'unreadable') return null;
  return `record ${record} of the boot state is not valid (${candidate.why}), ignoring it`;
}

function withoutValid(candidates: readonly [Candidate, Candidate]): StateReading {
  const told = candidates.map(
    (candidate, record) => `record ${record}: ${'why' in candidate ? candidate.why : 'blank'}`,
  );
  const why = told.join('; ');
  if (candidates.some(({ kind }) => kind === 'unreadable')) return { kind: 'unreadable', why };
  if (candidates.some(({ kind }) => kind === 'corrupt')) return { kind: 'corrupt', why };
  return { kind: 'blank', why: 'there is no boot state yet' };
}
