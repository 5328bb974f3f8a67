/**
 * The name that a snapshot of Snapper's has on the command line: `snapper:<number>`.
 *
 * Pure.
 */

/** @returns the number behind `snapper:12`; null: that names no snapshot of Snapper's */
export function snapperNumber(word: string): number | null {
  const digits = /^snapper:([1-9]\d{0,8})$/.exec(word)?.[1];
  return digits === undefined ? null : Number(digits);
}
