/**
 * The words for slots, in one place: names, health, roles, proof levels and modes.
 *
 * Pure. Everything here is spelled in JSON, on the command line and in the documents exactly as it is spelled here.
 */

/** `a`, `b`, `r` or a name that the board's configuration gives; see {@link isSlotName}. */
export type SlotName = string;

/** What the records say of a slot. `unknown` is only shown, never stored: the state could not be read. */
export type Health = 'empty' | 'trial' | 'good' | 'bad';
export type ShownHealth = Health | 'unknown';

/** `snapshot`: a kept snapshot, which stands in the boot state as a slot of its own; no configuration names one. */
export type Role = 'normal' | 'recovery' | 'snapshot';

/** Evidence that the tunnel works, weakest first; `manual` is an operator's word. */
export type ProofLevel = 'forward' | 'loop' | 'remote' | 'manual';

/** How the running system was put together. */
export type Mode = 'normal' | 'clean' | 'fallback' | 'rescue';

/**
 * In which turn a slot is booted: stage 0 forced it, it was asked for once, the ladder of `tend` sent the node there, the
 * order came to it, its clean boot in a round, the turn of the recovery slot or of a kept snapshot, or a boot whose attempt
 * could not be saved.
 */
export const TURNS = ['forced', 'oneShot', 'ladder', 'order', 'clean', 'recovery', 'snapshot', 'unsaved'] as const;
export type Turn = (typeof TURNS)[number];

/** How a past boot ended, or `running`. */
export const OUTCOMES = [
  'running',
  'proven',
  'alive',
  'failed',
  'no-tunnel',
  'outage',
  'busy',
  'clock',
  'cut',
  'rescue',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The best that a slot's deployment ever showed, worst first: the order of slots in a new round. */
export const BEST = ['nothing', 'assembled', 'alive', 'proven'] as const;
export type Best = (typeof BEST)[number];

/** @returns whether `text` can name a slot: a lower-case letter, then up to 31 letters, digits, `-` or `_`. */
export function isSlotName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,31}$/.test(text);
}

/** @returns the better of two showings. */
export function betterOf(left: Best, right: Best): Best {
  return BEST.indexOf(left) >= BEST.indexOf(right) ? left : right;
}
