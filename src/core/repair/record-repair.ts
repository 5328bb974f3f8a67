/**
 * What `repair` writes into the boot state, and when.
 *
 * Pure. Invariant: before the first byte of a slot changes, the slot is recorded so that no boot enters it: `empty` while
 * an image is written, `bad` while its file system is repaired in place. A power cut at any point leaves it so.
 */
import { type Edit, settleEdit } from '../operate/edit.ts';
import type { Finding } from '../operate/finding.ts';
import type { SlotName } from '../slot.ts';
import {
  type BootState,
  type Deployment,
  EMPTY_SLOT,
  type Examination,
  type SlotState,
  withSlot,
} from '../state/state.ts';
import type { SlotReport } from './examine-slot.ts';

/** Whatever was proven there is gone with the bytes that proved it; what an operator or the hardware gave stays. */
function anew(state: BootState, name: SlotName): Partial<SlotState> {
  const { limit, device } = state.slots[name] ?? EMPTY_SLOT;
  return { ...EMPTY_SLOT, limit, device, examined: null };
}

/** In the list of pending actions while a slot is changed: what is found there later was not finished. */
export function isUnfinished(state: BootState, name: SlotName): boolean {
  return state.pending.includes(pendingRepair(name));
}

function pendingRepair(name: SlotName): string {
  return `repair ${name}`;
}

function begun(state: BootState, name: SlotName): BootState {
  return isUnfinished(state, name) ? state : { ...state, pending: [...state.pending, pendingRepair(name)] };
}

function ended(state: BootState, name: SlotName): BootState {
  return { ...state, pending: state.pending.filter((action) => action !== pendingRepair(name)) };
}

/** @param what such as `'/srv/system.ext4'` or `slot a`; @param at RFC 3339 UTC or null */
export function beginWriting(state: BootState, name: SlotName, what: string, at: string | null): Edit {
  const reason = `${what} is being written into it${since(at)}; until that is done there is nothing to boot`;
  const notes =
    state.oneShot === name
      ? [`the choice for one boot of slot ${name} is gone: choose it again when it is written`]
      : [];
  const chosen = state.oneShot === name ? { ...state, oneShot: null } : state;
  return settleEdit(
    state,
    withSlot(begun(chosen, name), name, { ...anew(state, name), health: 'empty', reason }),
    notes,
  );
}

/** The slot stays empty. @param why in words, such as what the medium did */
export function failWriting(state: BootState, name: SlotName, why: string): Edit {
  const change = { health: 'empty', reason: `writing it anew failed: ${why}` } as const;
  return settleEdit(state, withSlot(ended(state, name), name, change), []);
}

/** @param done such as `written anew from slot a` */
export function finishRepair(
  state: BootState,
  name: SlotName,
  {
    done,
    deployment,
    at,
  }: { readonly done: string; readonly deployment: Deployment | null; readonly at: string | null },
): Edit {
  const change = { ...anew(state, name), health: 'trial', deployment, reason: `${done}${since(at)}` } as const;
  return settleEdit(state, withSlot(ended(state, name), name, change), []);
}

export function beginFixing(state: BootState, name: SlotName, at: string | null): Edit {
  const reason = `its file system is being repaired${since(at)}; that was not finished`;
  return settleEdit(state, withSlot(begun(state, name), name, { health: 'bad', reason }), []);
}

export function failFixing(state: BootState, name: SlotName, why: string): Edit {
  const change = { health: 'bad', reason: `repairing its file system: ${why}` } as const;
  return settleEdit(state, withSlot(ended(state, name), name, change), []);
}

const SHOWN = 4;
const LONGEST = 200;

/** Keeps what a look has shown, for `why`, in a few words: the boot state is small. */
export function recordExamination(state: BootState, name: SlotName, report: SlotReport, at: string | null): Edit {
  const found = report.findings.filter(({ level }) => level !== 'ok').map(inWords);
  const examined: Examination = {
    at,
    bootId: lastBootOf(state, name),
    soundness: report.soundness,
    found: found.slice(0, SHOWN),
  };
  return settleEdit(state, withSlot(ended(state, name), name, { examined }), []);
}

/** Which boot of the slot made it worth a look: it is not looked at again until there was another. */
export function lastBootOf(state: BootState, name: SlotName): string | null {
  return state.history.findLast(({ slot }) => slot === name)?.bootId ?? null;
}

function inWords({ subject, found }: Finding): string {
  const text = `${subject}: ${found}`;
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

function since(at: string | null): string {
  return at === null ? '' : ` (${at})`;
}
