/**
 * A factory reset that was asked for, as a word in the boot state's list of pending actions:
 * `factory-reset:LEVEL:ID`, with `:forget-identity` behind it, or `factory-reset:undo:ID` with the reset that is meant.
 *
 * Pure. The ID is the last boot that was recorded when it was asked for. So a request of another boot has another ID, and
 * whoever reads the word knows whether a boot may have begun with it. Words that mean nothing to this release are kept.
 */
import type { BootState } from '../state/state.ts';

/** `etc`: `/etc` of every upper; `upper`: every upper; `all`: those and the persistent directories. */
export const RESET_LEVELS = ['etc', 'upper', 'all'] as const;
export type ResetLevel = (typeof RESET_LEVELS)[number];

export interface Reset {
  readonly kind: 'reset';
  readonly id: string;
  readonly level: ResetLevel;
  readonly forgetIdentity: boolean;
}

export interface Undo {
  readonly kind: 'undo';
  readonly id: string;
  /** The reset that is to be undone; null: the last one. */
  readonly target: string | null;
}

export type ResetAction = Reset | Undo;

const PREFIX = 'factory-reset';
const FORGET = 'forget-identity';

export function formatAction(action: ResetAction): string {
  const { kind, id } = action;
  const words =
    kind === 'undo'
      ? ['undo', id, ...(action.target === null ? [] : [action.target])]
      : [action.level, id, ...(action.forgetIdentity ? [FORGET] : [])];
  return [PREFIX, ...words].join(':');
}

/** @returns null when it is no reset, or one that this release does not understand: then nothing is reset. */
export function parseAction(word: string): ResetAction | null {
  const [prefix, what, id, last = null, ...more] = word.split(':');
  if (prefix !== PREFIX || id === undefined || !isId(id) || more.length > 0) return null;
  if (what === 'undo') return last === null || isId(last) ? { kind: 'undo', id, target: last } : null;
  const level = RESET_LEVELS.find((each) => each === what);
  if (level === undefined || (last !== null && last !== FORGET)) return null;
  return { kind: 'reset', id, level, forgetIdentity: last !== null };
}

/** Names a file in the store. */
function isId(text: string): boolean {
  return /^[A-Za-z0-9-]{1,64}$/.test(text);
}

/** The reset that is pending, or null. */
export function pendingReset({ pending }: Pick<BootState, 'pending'>): ResetAction | null {
  return pending.map(parseAction).findLast((action) => action !== null) ?? null;
}

/** `state` with `action` instead of whatever reset was pending; null: with none. */
export function withReset(state: BootState, action: ResetAction | null): BootState {
  const others = state.pending.filter((word) => parseAction(word) === null);
  const pending = action === null ? others : [...others, formatAction(action)];
  return pending.join(' ') === state.pending.join(' ') ? state : { ...state, pending };
}

/** `state` without the actions that a boot has found done. */
export function withoutDone(state: BootState, done: readonly string[]): BootState {
  const pending = state.pending.filter((word) => !done.includes(word));
  return pending.length === state.pending.length ? state : { ...state, pending };
}

const WHAT: Readonly<Record<ResetLevel, string>> = {
  etc: "each slot's changes to /etc",
  upper: "each slot's writable layer",
  all: "each slot's writable layer and the persistent directories",
};

/** What it does, in words. */
export function describeAction(action: ResetAction): string {
  if (action.kind === 'undo') return 'the last factory reset is undone';
  const identity = action.forgetIdentity ? ', and the identity files' : '';
  return `factory reset (${action.level}) puts aside ${WHAT[action.level]}${identity}`;
}

/** Every pending action in words, also one of a newer release. */
export function describePending({ pending }: Pick<BootState, 'pending'>): readonly string[] {
  return pending.map((word) => {
    const action = parseAction(word);
    return action === null ? word : `${describeAction(action)}, at the next boot`;
  });
}
