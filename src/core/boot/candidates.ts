/**
 * Who may be booted, in order: one-shot, the ladder's, preference, held trials, clean boots, recovery, snapshots that were
 * proven once. An empty list means rescue.
 *
 * Pure. The first candidate is entered; the others show up only when it fails and the plan is made again.
 */
import type { Config } from '../config/config.ts';
import type { Purpose } from '../ladder/rungs.ts';
import { BEST, type SlotName, type Turn } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';
import type { BootFacts } from './facts.ts';
import { restlessness } from './lasting.ts';
import { describeSlot, isBootable } from './limits.ts';
import { provenSnapshots } from './snapshot-slots.ts';

export interface Candidate {
  readonly slot: SlotName;
  readonly mode: 'normal' | 'clean';
  readonly turn: Turn;
  readonly why: string;
}

/**
 * The candidates of a boot whose state can be saved.
 * @param state settled
 */
export function listCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  return [
    ...forcedCandidates(state, facts),
    ...oneShotCandidates(state, facts),
    ...ladderCandidates(state, facts),
    ...orderedCandidates(state, facts),
    ...cleanCandidates(state, facts),
    ...recoveryCandidates(state, facts),
    ...snapshotCandidates(state, facts),
  ];
}

/** Stage 0's choice has a limit too: a command line that never changes must not bind the node to a slot that fails. */
function forcedCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  const slot = facts.forcedSlot;
  const recorded = slot === null ? undefined : state.slots[slot];
  if (slot === null || recorded === undefined || !isBootable(recorded, facts.config, state)) return [];
  return [candidate(state, slot, 'forced', `stage 0 chose it; ${describeSlot(recorded, facts.config)}`)];
}

function oneShotCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  const slot = state.oneShot;
  if (slot === null || failed(facts, slot) || facts.config.slots[slot] === undefined) return [];
  if (state.slots[slot]?.health === 'empty') return [];
  return [candidate(state, slot, 'oneShot', 'it was asked for once')];
}

/** Where the ladder of `tend` sends the node: it asks nobody for the health of the slot. */
function ladderCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  const { next } = state.ladder;
  if (next === null || next.slot === null || facts.config.slots[next.slot] === undefined) return [];
  const { slot, purpose, clean } = next;
  const isFailed = clean ? failedToMount(facts, slot) : failed(facts, slot);
  if (isFailed || state.slots[slot]?.health === 'empty') return [];
  const chosen = candidate(state, slot, 'ladder', WHY_LADDER[purpose]);
  return [clean ? { ...chosen, mode: 'clean' } : chosen];
}

const WHY_LADDER: Readonly<Record<Purpose, string>> = {
  tunnel: 'the tunnel is away',
  network: 'the tunnel is away',
  reboot: 'the tunnel is away, and restarting services did not bring it back',
  clean: 'the tunnel is away; without its writable layer the slot may find it',
  other: 'the tunnel is away, and another slot may find it',
  recovery: 'the tunnel is away, and the recovery slot may find it',
  snapshot: 'the tunnel is away, and a kept snapshot may find it',
  rescue: 'the tunnel is away, and rescue may find it',
  return: 'no slot found the tunnel, so the node waits on the one that proved itself last',
};

/**
 * Held trials come after all the others: they wait for the tunnel, but they are better than none. What never lasts makes
 * room for a good slot that may.
 */
function orderedCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  const bootable = ranked(state)
    .filter((slot) => isOrdinary(slot, state, facts) && !failed(facts, slot))
    .flatMap((slot): readonly [SlotName, SlotState][] => {
      const recorded = state.slots[slot];
      return recorded === undefined || !isBootable(recorded, facts.config, state) ? [] : [[slot, recorded]];
    });
  const held = bootable.filter(([, { held }]) => held !== null);
  const offered = bootable.filter(([, { held }]) => held === null);
  return [...lastingFirst(offered, facts.config), ...held].map(([slot, recorded]) => {
    const why = [describeSlot(recorded, facts.config), ...whyPassed(offered, slot, facts.config)].join('; ');
    return candidate(state, slot, 'order', why);
  });
}

/** Good slots that are preferred and did not last. */
function whyPassed(slots: readonly (readonly [SlotName, SlotState])[], chosen: SlotName, config: Config) {
  const at = slots.findIndex(([name]) => name === chosen);
  const weightOf = (slot: SlotState | undefined) => (slot?.health === 'good' ? restlessness(slot, config) : 0);
  const passed = slots.slice(0, Math.max(0, at)).filter(([, slot]) => weightOf(slot) > weightOf(slots[at]?.[1]));
  return passed.map(([name, { shortLived }]) => `slot ${name} did not last ${shortLived} times in a row`);
}

/**
 * The good ones among themselves: those that last, then by how often they did not, so that each has its turn where none
 * does. A slot that nobody proved does not pass a good one for that.
 */
function lastingFirst(slots: readonly (readonly [SlotName, SlotState])[], config: Config): typeof slots {
  const isGood = ([, { health }]: readonly [SlotName, SlotState]) => health === 'good';
  const good = slots
    .filter(isGood)
    .toSorted(([, left], [, right]) => restlessness(left, config) - restlessness(right, config));
  const next = good.values();
  return slots.map((each) => (isGood(each) ? (next.next().value ?? each) : each));
}

/** What broke may be in what the slots share, so each has one boot without it. */
function cleanCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  return byBest(state)
    .filter((slot) => isOrdinary(slot, state, facts) && !state.round.clean.includes(slot))
    .filter((slot) => state.slots[slot]?.health !== 'empty' && !failedToMount(facts, slot))
    .map((slot) => ({ slot, mode: 'clean', turn: 'clean', why: 'no slot is left for a normal boot' }));
}

function recoveryCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  return state.order
    .filter((slot) => facts.config.slots[slot]?.role === 'recovery' && !failed(facts, slot))
    .filter((slot) => state.slots[slot]?.health !== 'empty' && !state.round.recovery.includes(slot))
    .map((slot) => candidate(state, slot, 'recovery', 'no slot is left for a normal or a clean boot'));
}

/** What once worked, the newest proof first: each has one boot in a round. */
function snapshotCandidates(state: BootState, facts: BootFacts): readonly Candidate[] {
  return provenSnapshots(state)
    .filter((name) => facts.config.slots[name] !== undefined && !failed(facts, name))
    .filter((name) => state.slots[name]?.health !== 'bad' && !(state.round.snapshots ?? []).includes(name))
    .map((name) => candidate(state, name, 'snapshot', 'no slot is left, and this snapshot was proven once'));
}

/** The recovery slot takes part in the ordinary order only where an operator has put it first. */
function isOrdinary(slot: SlotName, state: BootState, facts: BootFacts): boolean {
  const configured = facts.config.slots[slot];
  return configured !== undefined && (configured.role === 'normal' || state.order[0] === slot);
}

function ranked(state: BootState): readonly SlotName[] {
  return state.round.number > 0 ? byBest(state) : state.order;
}

/** The order of a new round: what the slots ever showed, then preference. */
function byBest(state: BootState): readonly SlotName[] {
  const rank = (name: SlotName) => BEST.indexOf(state.slots[name]?.best ?? 'nothing');
  return state.order.toSorted((left, right) => rank(right) - rank(left));
}

function candidate(state: BootState, slot: SlotName, turn: Turn, why: string): Candidate {
  return { slot, mode: state.slots[slot]?.mode ?? 'normal', turn, why };
}

export function failed(facts: BootFacts, slot: SlotName): boolean {
  return facts.failures.some((failure) => failure.slot === slot);
}

function failedToMount(facts: BootFacts, slot: SlotName): boolean {
  return facts.failures.some((failure) => failure.slot === slot && failure.step === 'mountBase');
}

/**
 * The candidates of a boot whose state cannot be saved: proven slots only, or every slot when nothing is known of any.
 * The kernel's random boot id takes the place of the counter: 3 of 4 boots begin with the preferred slot.
 */
export function listUnsavedCandidates(state: BootState, isKnown: boolean, facts: BootFacts): readonly Candidate[] {
  const names = state.order
    .filter((slot) => facts.config.slots[slot] !== undefined && !failed(facts, slot))
    .filter((slot) => !isKnown || isProven(state.slots[slot]) || isLastResort(slot, state, facts));
  const whyOf = (slot: SlotName): string => {
    if (!isKnown) return 'nothing is known of any slot; chosen by the boot id';
    const what = isProven(state.slots[slot]) ? 'proven' : 'the recovery slot, never proven';
    return `${what}; chosen by the boot id, as attempts cannot be counted`;
  };
  const forced = names.filter((slot) => slot === facts.forcedSlot);
  const others = weighted(names, facts.bootId).filter((slot) => slot !== facts.forcedSlot);
  return [
    ...forced.map((slot) => candidate(state, slot, 'forced', `stage 0 chose it; ${whyOf(slot)}`)),
    ...others.map((slot) => candidate(state, slot, 'unsaved', whyOf(slot))),
  ];
}

function isProven(slot: SlotState | undefined): boolean {
  return slot?.health === 'good';
}

/** The recovery slot, proven or not: without it a node whose state medium died with its only proven slot stays dark. */
function isLastResort(name: SlotName, state: BootState, facts: BootFacts): boolean {
  const health = state.slots[name]?.health;
  return facts.config.slots[name]?.role === 'recovery' && health !== 'empty' && health !== 'bad';
}

/** Puts the pick of this boot first: the first name in 3 of 4 boots, else one of the others. */
function weighted(names: readonly SlotName[], bootId: string): readonly SlotName[] {
  const [first, ...others] = names;
  const draw = Number.parseInt(bootId.slice(0, 8), 16);
  if (first === undefined || others.length === 0 || Number.isNaN(draw) || draw % 4 !== 3) return names;
  const pick = others[Math.floor(draw / 4) % others.length] ?? first;
  return [pick, ...names.filter((name) => name !== pick)];
}
