/**
 * The boot state: what must survive a power cut for the next boot to choose well.
 *
 * Pure. Times are RFC 3339 UTC or null when the clock was not trusted. Keys that a newer 1.y release wrote are kept
 * in the objects (they are plain data) and written back, because a rollback must not lose what the newer one knew.
 */
import { type Ladder, NO_LADDER } from '../ladder/rungs.ts';
import type { Best, Health, Mode, Outcome, ProofLevel, SlotName, Turn } from '../slot.ts';

export interface Deployment {
  /** Of the base and its layers: what health, attempts and proof belong to. */
  readonly id: string;
  readonly version: string | null;
  /** The id of the base alone, where there are layers on it. */
  readonly base?: string;
  /** The id under which the boot that runs knows the same: a snapshot of it was taken since. Absent: none was. */
  readonly sameAs?: string;
}

export interface SlotState {
  /** What was found in the slot when it was last mounted; null: never mounted. */
  readonly deployment: Deployment | null;
  readonly health: Health;
  readonly attempts: number;
  /** How many of the attempts came alive: those come back in an outage. */
  readonly aliveAttempts: number;
  /** This slot's own limit, or null: the configuration's, by health. */
  readonly limit: number | null;
  readonly reason: string | null;
  readonly provenAt: string | null;
  readonly proofLevel: ProofLevel | null;
  /** The deployment id that was proven last, which `switch` compares with what is in the slot now. */
  readonly provenId: string | null;
  readonly best: Best;
  /** `clean` after a clean boot proved itself: tmpfs upper and no persistent directories until told otherwise. */
  readonly mode: 'normal' | 'clean';
  /** Boots in clean mode since that was last proven: counted apart, so that `attempts` still tells of the normal mode. */
  readonly cleanAttempts: number;
  /** A fact against this slot since it was last proven: failed step, failed check, panic, watchdog reset. */
  readonly evidence: string | null;
  /** Boots in a row that were proven and ended by themselves soon after: see `lasting.ts`. */
  readonly shortLived: number;
  /** Attempts given back in a row by clean reboots. */
  readonly refunds: number;
  /** Why this trial waits for the tunnel before it is offered again, or null. */
  readonly held: string | null;
  /** How its last boots ended, newest last: kept longer than the boot log, for the judgement. */
  readonly lately: readonly Outcome[];
  /** The device that held the slot at its last proof. */
  readonly device: { readonly partuuid: string | null; readonly serial: string | null } | null;
  /** What the last `repair --check` found; absent or null: it was not examined since it was written or proven. */
  readonly examined?: Examination | null;
  /** Of a kept snapshot: the slot whose base it is on. */
  readonly snapshotOf?: SlotName;
}

export interface Examination {
  readonly at: string | null;
  /** The last boot of the slot at that time: what made it worth a look. */
  readonly bootId: string | null;
  readonly soundness: 'sound' | 'doubtful' | 'damaged';
  /** What is not in order, in words. */
  readonly found: readonly string[];
}

/** What `state set` says instead of the configuration file. */
export type Settings = Readonly<Record<string, string>>;

/** The boot whose verdict is still open. */
export interface CurrentBoot {
  readonly bootId: string;
  readonly slot: SlotName;
  readonly attempt: number;
  readonly mode: Mode;
  readonly turn: Turn;
  readonly alive: boolean;
}

export interface BootRecord {
  readonly bootId: string;
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly mode: Mode;
  /** Absent in the records of older releases. */
  readonly turn?: Turn;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly proof: ProofLevel | null;
  readonly trace: readonly string[];
}

/** What has been tried since the candidates were last exhausted. */
export interface Round {
  readonly number: number;
  /** Slots that had their clean boot in this round. */
  readonly clean: readonly SlotName[];
  /** Recovery slots that had their turn in this round. */
  readonly recovery: readonly SlotName[];
  /** Kept snapshots that had their turn in this round; absent: none. */
  readonly snapshots?: readonly SlotName[];
}

export const NO_ROUND: Round = { number: 0, clean: [], recovery: [] };

/** A round of which nothing has been tried; what a newer release wrote stays. */
export function clearRound(round: Round): Round {
  return { ...round, ...NO_ROUND, ...(round.snapshots === undefined ? {} : { snapshots: [] }) };
}

export interface BootState {
  readonly slots: Readonly<Record<SlotName, SlotState>>;
  /** Slots by preference, best first. */
  readonly order: readonly SlotName[];
  readonly oneShot: SlotName | null;
  readonly current: CurrentBoot | null;
  readonly round: Round;
  readonly pending: readonly string[];
  /** A good slot could not prove itself either, and nothing was proven since. */
  readonly outage: { readonly since: string | null; readonly slot: SlotName } | null;
  readonly ladder: Ladder;
  /** Newest last. */
  readonly history: readonly BootRecord[];
  /** The time at the last proof, whichever slot it was; a clock that is behind it is wrong. */
  readonly latestProofAt?: string | null;
  /** A proven boot that has not lasted yet. */
  readonly young?: { readonly bootId: string; readonly slot: SlotName } | null;
  /** The node that wrote this: see `owner.ts`. */
  readonly owner?: string | null;
  /** What an operator has set here instead of in the configuration file; absent: nothing. */
  readonly settings?: Settings;
  /** The settings of the last boot that was proven; absent in the states of older releases: not known. */
  readonly provenSettings?: Settings;
  /** What `settings` were when the last boot was entered: its proof is theirs, too. */
  readonly entered?: { readonly bootId: string; readonly settings: Settings };
  /** Which settings were taken back, and why: see `settings.ts`. */
  readonly settingsNote?: string | null;
  /** What AOSP's `set-snapshot-merge-status` was last told; absent: `none`. */
  readonly mergeStatus?: string;
}

export const EMPTY_SLOT: SlotState = {
  deployment: null,
  health: 'trial',
  attempts: 0,
  aliveAttempts: 0,
  limit: null,
  reason: null,
  provenAt: null,
  proofLevel: null,
  provenId: null,
  best: 'nothing',
  mode: 'normal',
  cleanAttempts: 0,
  evidence: null,
  shortLived: 0,
  refunds: 0,
  held: null,
  lately: [],
  device: null,
};

/** What a slot begins anew with: nothing was tried, and nothing is held against it. */
export const NOTHING_TRIED = {
  attempts: 0,
  aliveAttempts: 0,
  cleanAttempts: 0,
  shortLived: 0,
  refunds: 0,
  held: null,
} as const satisfies Partial<SlotState>;

/** How many past boots are kept; the codec drops older ones first when the payload grows too long. */
export const HISTORY_LENGTH = 32;

/** How many outcomes a slot remembers. */
export const LATELY_LENGTH = 8;

/**
 * The state of a node of which nothing is known yet: every slot a trial with no attempts, in the given order.
 * @param names the configured slots, in configuration order
 */
export function freshState(names: readonly SlotName[]): BootState {
  return {
    slots: Object.fromEntries(names.map((name) => [name, EMPTY_SLOT])),
    order: [...names],
    oneShot: null,
    current: null,
    round: NO_ROUND,
    pending: [],
    outage: null,
    ladder: NO_LADDER,
    provenSettings: {},
    history: [],
  };
}

/** `state` with `change` laid over one slot. A slot that is not in the state yet begins as an empty trial. */
export function withSlot(state: BootState, name: SlotName, change: Partial<SlotState>): BootState {
  const slot: SlotState = { ...(state.slots[name] ?? EMPTY_SLOT), ...change };
  return { ...state, slots: { ...state.slots, [name]: slot } };
}

/** `state` with one more outcome in the memory of a slot. */
export function withOutcome(state: BootState, name: SlotName, outcome: Outcome): BootState {
  const slot = state.slots[name];
  if (slot === undefined) return state;
  return withSlot(state, name, { lately: [...slot.lately, outcome].slice(-LATELY_LENGTH) });
}

/** The state with a record for each configured slot, new ones last in the order; slots no longer configured stay recorded. */
export function withConfiguredSlots(state: BootState, names: readonly SlotName[]): BootState {
  const missing = names.filter((name) => state.slots[name] === undefined);
  const added = missing.reduce((all, name) => withSlot(all, name, {}), state);
  const order = [...state.order, ...names.filter((name) => !state.order.includes(name))];
  return order.length === state.order.length && missing.length === 0 ? state : { ...added, order };
}
