/**
 * The payload of a record: JSON to boot state and back.
 *
 * Pure. Reading is forgiving: a value that is not what it should be becomes its default, because a node must boot with
 * whatever a checksum vouches for. Unknown keys are kept. Writing never fails because of size: see {@link fitPayload}.
 */
import * as v from 'valibot';
import { MAX_PAYLOAD_BYTES } from './record-codec.ts';
import { type BootRecord, type BootState, freshState, HISTORY_LENGTH, type SlotState } from './state.ts';
import { stateSchema } from './state-schema.ts';

/**
 * @param payload what a valid record held
 * @returns the state, or why the payload is none
 */
export function parseState(payload: string): { readonly state: BootState } | { readonly why: string } {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch (cause) {
    return { why: `its payload is no JSON (${String(cause)})` };
  }
  const parsed = v.safeParse(stateSchema, json);
  if (!parsed.success) return { why: 'its payload is no boot state' };
  const { history, slots, ...rest } = parsed.output;
  const known = Object.entries(slots).flatMap(([name, slot]): [string, SlotState][] =>
    slot === null ? [] : [[name, { ...slot, aliveAttempts: countedAlive(slot) }]],
  );
  return {
    state: { ...rest, slots: Object.fromEntries(known), history: history.filter((record) => record !== null) },
  };
}

/** Older releases wrote attempts alone: what came alive at all came alive in each of them then. */
function countedAlive(slot: Omit<SlotState, 'aliveAttempts'> & { readonly aliveAttempts?: number }): number {
  const cameAlive = slot.best === 'alive' || slot.best === 'proven';
  return Math.min(slot.attempts, slot.aliveAttempts ?? (cameAlive ? slot.attempts : 0));
}

/** @returns the JSON text of `state`, at most {@link MAX_PAYLOAD_BYTES} bytes long. */
export function formatState(state: BootState): string {
  return fitPayload({ ...state, history: state.history.slice(-HISTORY_LENGTH) });
}

/**
 * Drops what matters least until the text fits: old boots, then traces, then long reasons and details, whole slots, what
 * this release does not know; and when even the names are too long, everything: a node that cannot save enters no trial.
 */
function fitPayload(state: BootState): string {
  let fitted = state;
  let payload = JSON.stringify(fitted);
  const shrinks = [dropOldestBoot, dropTraces, shortenReasons, dropSlotDetails, dropLeastSlot, dropUnknown, startOver];
  for (const shrink of shrinks) {
    for (let next = shrink(fitted); tooLong(payload) && next !== null; next = shrink(fitted)) {
      fitted = next;
      payload = JSON.stringify(fitted);
    }
  }
  return payload;
}

function tooLong(payload: string): boolean {
  return new TextEncoder().encode(payload).length > MAX_PAYLOAD_BYTES;
}

/** @returns null when only the newest boot is left: it says why the node is where it is. */
function dropOldestBoot(state: BootState): BootState | null {
  return state.history.length <= 1 ? null : { ...state, history: state.history.slice(1) };
}

function dropTraces(state: BootState): BootState | null {
  if (state.history.every((record) => record.trace.length === 0)) return null;
  return { ...state, history: state.history.map((record): BootRecord => ({ ...record, trace: [] })) };
}

/** What a slot can do without: words, and the device that only helps to choose among two of one name. */
function dropSlotDetails(state: BootState): BootState | null {
  const isBare = (slot: SlotState) =>
    slot.reason === null &&
    slot.evidence === null &&
    slot.device === null &&
    slot.lately.length === 0 &&
    (slot.examined ?? null) === null;
  if (Object.values(state.slots).every(isBare)) return null;
  const slots = Object.entries(state.slots).map(([name, slot]): [string, SlotState] => [
    name,
    { ...slot, reason: null, evidence: null, device: null, lately: [], examined: null },
  ]);
  return { ...state, slots: Object.fromEntries(slots) };
}

/** More slots than a record holds: the least preferred one is forgotten, and is a new trial when it is met again. */
function dropLeastSlot(state: BootState): BootState | null {
  const names = Object.keys(state.slots);
  const least = names.findLast((name) => !state.order.includes(name)) ?? state.order.at(-1);
  if (least === undefined || names.length <= 1) return null;
  const { [least]: _dropped, ...slots } = state.slots;
  return { ...state, slots, order: state.order.filter((name) => name !== least) };
}

/** Keys of a newer release: they are kept for it as long as there is room. */
function dropUnknown(state: BootState): BootState | null {
  const known = Object.keys(freshState([]));
  if (Object.keys(state).every((key) => known.includes(key))) return null;
  return Object.fromEntries(Object.entries(state).filter(([key]) => known.includes(key))) as unknown as BootState;
}

function startOver(state: BootState): BootState | null {
  return JSON.stringify(state) === JSON.stringify(freshState([])) ? null : freshState([]);
}

const SHORT = 80;

function shortenReasons(state: BootState): BootState | null {
  const isLong = (value: string | null) => value !== null && value.length > SHORT;
  const all: readonly {
    readonly reason: string | null;
    readonly evidence?: string | null;
    readonly held?: string | null;
  }[] = [...Object.values(state.slots), ...state.history];
  if (!all.some((entry) => [entry.reason, entry.evidence ?? null, entry.held ?? null].some(isLong))) return null;
  const cut = (value: string | null) => value?.slice(0, SHORT) ?? null;
  const slots = Object.fromEntries(
    Object.entries(state.slots).map(([name, slot]): [string, SlotState] => [
      name,
      { ...slot, reason: cut(slot.reason), evidence: cut(slot.evidence), held: cut(slot.held) },
    ]),
  );
  return { ...state, slots, history: state.history.map((record) => ({ ...record, reason: cut(record.reason) })) };
}
