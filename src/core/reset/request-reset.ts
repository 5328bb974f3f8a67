/**
 * `factory-reset`: what is asked for becomes pending, and what is pending can be taken back.
 *
 * Pure. Invariant: a reset that a boot may have begun is never just forgotten; its undo is asked for instead, which brings
 * back whatever was put aside.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { type Edit, settleEdit } from '../operate/edit.ts';
import type { BootState } from '../state/state.ts';
import { describeAction, formatAction, pendingReset, type ResetLevel, withReset } from './reset-action.ts';

export type ResetRequest =
  | { readonly level: ResetLevel; readonly forgetIdentity: boolean }
  /** Undo the last one, or take it back while it is pending. */
  | { readonly level: 'undo' };

export interface RequestFacts {
  readonly config: Pick<Config, 'upper'>;
  /** The kernel's boot id where the command runs. */
  readonly bootId: string;
  /** Pending actions that the running boot has found done. */
  readonly done: readonly string[];
}

/** @throws BootError REFUSED when no data partition is configured */
export function requestReset(state: BootState, request: ResetRequest, facts: RequestFacts): Edit {
  if (facts.config.upper.device === null) {
    throw new BootError('REFUSED', 'there is nothing to reset: the configuration names no data partition', {
      hint: 'a node whose writable layer is in memory begins anew at each boot; see [upper] device',
    });
  }
  const id = state.history.at(-1)?.bootId ?? facts.bootId;
  if (request.level === 'undo') return requestUndo(state, id, facts);
  const action = { kind: 'reset', id, level: request.level, forgetIdentity: request.forgetIdentity } as const;
  const pending = pendingReset(state);
  const replaced = pending === null || isDone(state, facts) || formatAction(pending) === formatAction(action);
  return settleEdit(state, withReset(state, action), [
    ...(replaced || pending === null ? [] : [`this is instead of: ${describeAction(pending)}`]),
    ...notesOnReset(request.level, request.forgetIdentity),
  ]);
}

function notesOnReset(level: ResetLevel, forgetIdentity: boolean): readonly string[] {
  return [
    'the next boot does it; until then nothing has changed',
    "'lifeboot factory-reset --undo' takes it back, also after it was done, for as long as there is room for what was put aside",
    ...(level === 'all' ? ['layers and deployments stay'] : []),
    forgetIdentity
      ? 'the identity files go, too: the node goes on with the copies in its initramfs image, which stay; without them it has no tunnel key'
      : 'the identity files stay',
  ];
}

/** Without a record of a boot since then, none has begun with it: it is saved before anything is reset. */
function requestUndo(state: BootState, id: string, facts: RequestFacts): Edit {
  const pending = pendingReset(state);
  if (pending?.kind === 'undo' && !isDone(state, facts)) return { state, notes: ['the undo is pending already'] };
  if (pending?.kind === 'reset' && (state.history.length === 0 || pending.id === id)) {
    return settleEdit(state, withReset(state, null), ['the factory reset is taken back before anything was done']);
  }
  const target = pending?.kind === 'reset' ? pending.id : null;
  return settleEdit(state, withReset(state, { kind: 'undo', id, target }), [
    'the next boot brings back what was put aside, if it is still there; what was written since then is put aside instead',
  ]);
}

function isDone(state: BootState, { done }: RequestFacts): boolean {
  return state.pending.some((word) => done.includes(word));
}
