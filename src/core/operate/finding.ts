/**
 * One thing that `doctor` has looked at.
 *
 * Pure types.
 */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at, such as `state` or `slot a`. */
  readonly subject: string;
  readonly found: string;
  /** What to do about it; null when nothing is to be done. */
  readonly advice: string | null;
}

export function ok(subject: string, found: string): Finding {
  return { level: 'ok', subject, found, advice: null };
}

export function warn(subject: string, found: string, advice: string): Finding {
  return { level: 'warn', subject, found, advice };
}

export function fail(subject: string, found: string, advice: string): Finding {
  return { level: 'fail', subject, found, advice };
}
