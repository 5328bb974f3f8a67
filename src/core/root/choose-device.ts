/**
 * Which device a name means when more than one answers to it.
 *
 * Pure. The one recorded at the last proof wins, then the first that cannot be pulled out, those on USB last: a stick
 * with the right label must not take over a node, and what hangs on USB may say of itself that it is no stick.
 */
export interface Candidate {
  readonly path: string;
  readonly partuuid: string | null;
  readonly serial: string | null;
  readonly removable: boolean;
  /** It hangs on USB. */
  readonly isUsb?: boolean;
}

export interface RecordedDevice {
  readonly partuuid: string | null;
  readonly serial: string | null;
}

export interface Choice<T extends Candidate> {
  readonly chosen: T;
  /** What an operator should know, or null. */
  readonly note: string | null;
}

/**
 * @param name as configured, for the note
 * @returns null when there is no candidate
 */
export function chooseDevice<T extends Candidate>(
  name: string,
  candidates: readonly T[],
  recorded: RecordedDevice | null,
): Choice<T> | null {
  const [first, ...more] = candidates;
  if (first === undefined) return null;
  const known = recorded === null ? undefined : candidates.find((candidate) => isRecorded(candidate, recorded));
  if (more.length === 0) {
    const moved = recorded !== null && known === undefined;
    return {
      chosen: first,
      note: moved ? `'${name}' is on another device than at the last proof: '${first.path}'` : null,
    };
  }
  const fixed = candidates.filter((candidate) => !candidate.removable);
  const chosen = known ?? fixed.find((candidate) => candidate.isUsb !== true) ?? fixed[0] ?? first;
  const why =
    known !== undefined ? 'the one of the last proof' : chosen.removable ? 'the first' : 'the first fixed one';
  const others = candidates.filter((candidate) => candidate !== chosen).map((candidate) => `'${candidate.path}'`);
  return {
    chosen,
    note: `'${name}' names ${candidates.length} devices: took '${chosen.path}' (${why}), not ${others.join(', ')}`,
  };
}

/** @returns whether it is the recorded one. What was never recorded cannot differ; a record of nothing matches nothing. */
export function isRecorded(candidate: Candidate, recorded: RecordedDevice): boolean {
  if (recorded.partuuid === null && recorded.serial === null) return false;
  return (
    (recorded.partuuid === null || recorded.partuuid === candidate.partuuid) &&
    (recorded.serial === null || recorded.serial === candidate.serial)
  );
}
