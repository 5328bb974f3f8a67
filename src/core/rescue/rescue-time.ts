/**
 * How long rescue lasts before the round starts again.
 *
 * Pure.
 */

/** A node that nobody has mended for this long waits no longer at a time: its slots deserve their next try. */
const LONGEST_SECONDS = 6 * 3600;

/**
 * @param firstSeconds the time of the first rescue of a row, as configured
 * @param round how many rounds have ended in rescue, this one included; a proof starts the count anew
 * @returns seconds: doubled with each round, up to six hours
 */
export function rescueSeconds(firstSeconds: number, round: number): number {
  const doublings = Math.min(Math.max(round, 1) - 1, 20);
  return Math.max(firstSeconds, Math.min(firstSeconds * 2 ** doublings, LONGEST_SECONDS));
}
