/**
 * Decides which slot to boot, and what must reach the disk first.
 *
 * Pure: no clock, file or process, so a field failure replays from a saved state and `lifeboot plan` prints the same list.
 * Invariant: a trial is never entered before its attempt is durable, because a power cut between the two would grant
 * unlimited attempts. Invariant: there is always a plan; the last one is rescue.
 */
import { carrySources } from '../etc/carry-sources.ts';
import { planReset } from '../reset/plan-reset.ts';
import { pendingReset } from '../reset/reset-action.ts';
import { plainSource } from '../root/base-source.ts';
import type { SlotName } from '../slot.ts';
import { type BootState, freshState, withConfiguredSlots } from '../state/state.ts';
import { type Candidate, failed, listCandidates, listUnsavedCandidates } from './candidates.ts';
import { countAttempt, startRound, takeRescue } from './count-attempt.ts';
import type { BootFacts } from './facts.ts';
import { describeSlot } from './limits.ts';
import { adoptState } from './owner.ts';
import { settle } from './settle.ts';
import type { BootPlan, Step } from './step.ts';

export function planBoot(facts: BootFacts): BootPlan {
  const start = startState(facts);
  const settled = settle(start.state, facts);
  const head = [...facts.notes, ...start.trace, ...settled.trace];
  const unsavable = whyUnsavable(facts);
  if (unsavable !== null) return planUnsaved(settled.state, facts, head, unsavable);
  const { state, trace } = planReset(settled.state);
  return planSaved(state, facts, [...head, ...trace]);
}

interface Start {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/** The state to decide on, and what to say about where it comes from. */
function startState(facts: BootFacts): Start {
  const names = initialOrder(facts);
  const { state: reading } = facts;
  if (reading.kind === 'valid') {
    const own = adoptState(reading.state, facts.config, names);
    const note = reading.note === null ? [] : [reading.note];
    return { state: withConfiguredSlots(own.state, names), trace: [...note, ...own.trace] };
  }
  return { state: freshState(names), trace: [`${reading.why}; slots are tried in configuration order`] };
}

/** Configuration order, recovery slots last. */
export function initialOrder(facts: Pick<BootFacts, 'config'>): readonly SlotName[] {
  const entries = Object.entries(facts.config.slots);
  const ofRole = (role: string) => entries.filter(([, slot]) => slot.role === role).map(([name]) => name);
  return [...ofRole('normal'), ...ofRole('recovery')];
}

function whyUnsavable(facts: BootFacts): string | null {
  const { kind } = facts.state;
  if (kind === 'tooNew' || kind === 'absent' || kind === 'unreadable') return facts.state.why;
  return facts.stateUnwritable;
}

function planSaved(state: BootState, facts: BootFacts, head: readonly string[]): BootPlan {
  const { forcedSlot } = facts;
  if (forcedSlot !== null && failed(facts, forcedSlot)) return rebootThroughStage0(forcedSlot, state, head);
  if (isRescueAsked(state, facts)) return planAskedRescue(state, facts, head);
  const [candidate] = listCandidates(state, facts);
  if (candidate === undefined) return planWithoutCandidate(state, facts, head);
  const trace = [...head, ...whyNotForced(candidate, state, facts), describe(candidate)];
  const counted = countAttempt(state, candidate, facts, trace);
  const save: Step = {
    do: 'saveState',
    state: counted.state,
    note: `slot ${candidate.slot}: attempt ${counted.attempt}`,
  };
  return { slot: candidate.slot, steps: enterSlot(candidate, state, facts, save, counted.attempt), trace };
}

function planUnsaved(state: BootState, facts: BootFacts, head: readonly string[], why: string): BootPlan {
  const waits = pendingReset(state) === null ? [] : ['the factory reset waits for a state that can be saved'];
  const trace = [...head, `the attempt cannot be saved: ${why}`, ...waits];
  const isKnown = facts.state.kind === 'valid';
  const [candidate] = listUnsavedCandidates(state, isKnown, facts);
  if (candidate !== undefined) {
    const steps = enterSlot(candidate, state, facts, null, null);
    return { slot: candidate.slot, steps, trace: [...trace, describe(candidate)] };
  }
  const reason = 'no proven slot is left, and a trial is not entered when its attempt cannot be saved';
  return { slot: null, steps: [{ do: 'enterRescue', reason }], trace: [...trace, reason] };
}

function planWithoutCandidate(state: BootState, facts: BootFacts, head: readonly string[]): BootPlan {
  const reason = 'nothing is left to boot in this round';
  const save: Step = { do: 'saveState', state: startRound(state, facts, reason), note: 'a new round' };
  return { slot: null, steps: [save, { do: 'enterRescue', reason }], trace: [...head, reason] };
}

/** The ladder of `tend` has come to its last rung. A choice of the bootloader or of an operator comes first. */
function isRescueAsked(state: BootState, facts: BootFacts): boolean {
  const isFirst = facts.forcedSlot === null && state.oneShot === null;
  return isFirst && facts.config.rescue !== null && state.ladder.next !== null && state.ladder.next.slot === null;
}

function planAskedRescue(state: BootState, facts: BootFacts, head: readonly string[]): BootPlan {
  const reason = 'no slot finds the tunnel; rescue may';
  const save: Step = {
    do: 'saveState',
    state: takeRescue(state, facts, reason),
    note: 'rescue, asked for by the ladder',
  };
  return { slot: null, steps: [save, { do: 'enterRescue', reason }], trace: [...head, reason] };
}

/**
 * The running kernel fits no other slot's root, so the bootloader has to choose again. Each such boot uses up an attempt;
 * a stage 0 that insists is not followed any more when they are gone.
 */
function rebootThroughStage0(slot: SlotName, state: BootState, head: readonly string[]): BootPlan {
  const reason = `slot ${slot}, which stage 0 chose, cannot be assembled`;
  const save: Step = { do: 'saveState', state: withoutChoice(state), note: `slot ${slot} failed` };
  return { slot: null, steps: [save, { do: 'reboot', reason }], trace: [...head, reason] };
}

function withoutChoice(state: BootState): BootState {
  return { ...state, oneShot: null, ladder: { ...state.ladder, next: null } };
}

function whyNotForced(candidate: Candidate, state: BootState, facts: BootFacts): readonly string[] {
  const { forcedSlot: slot, config } = facts;
  const recorded = slot === null ? undefined : state.slots[slot];
  if (recorded === undefined || candidate.turn === 'forced') return [];
  return [`stage 0 chose slot ${slot}, which is ${describeSlot(recorded, config)}; choosing without it`];
}

/**
 * The order matters: the base is mounted (read-only) before the attempt is saved, because what it holds decides whose
 * attempt it is; the attempt is saved before anything of the slot is written or run.
 */
function enterSlot(
  candidate: Candidate,
  state: BootState,
  facts: BootFacts,
  save: Step | null,
  attempt: number | null,
): readonly Step[] {
  const { config } = facts;
  const { slot, mode } = candidate;
  const configured = config.slots[slot];
  const clean = mode === 'clean';
  const { step: reset } = planReset(state);
  const isOstree = configured !== undefined && configured.ostree !== null;
  const deploymentId = state.slots[slot]?.deployment?.id ?? '';
  const kind = clean && config.upper.kind === 'persistent' ? 'tmpfs' : config.upper.kind;
  const carries = kind === 'persistent' && config.upper.carry === 'etc';
  return [
    { do: 'mountBase', slot, ...plainSource(configured ?? { root: '' }) },
    ...(save === null ? [] : [save]),
    ...(!isOstree && needsStore(candidate, state, facts) ? [{ do: 'mountLayers', slot, clean } as const] : []),
    // Once the state tells of this boot, nobody takes the reset for one that was not begun.
    ...(save === null || reset === null ? [] : [reset]),
    {
      do: 'mountUpper',
      slot,
      kind,
      upperId: isOstree ? null : `${slot}-${deploymentId}`,
      ...(carries && !isOstree ? { carry: carrySources(state) } : {}),
    },
    { do: 'assembleRoot', slot },
    // An OSTree deployment has a /var of its own that is kept, which its stateroot's other deployments see too.
    ...(clean || isOstree || config.persist.length === 0
      ? []
      : [{ do: 'bindPersistent', paths: config.persist.map(({ path }) => path) } as const]),
    ...(mayCarryIdentity(slot, state, facts) ? [{ do: 'placeIdentity', files: config.identity.files } as const] : []),
    { do: 'checkRoot', slot, init: configured?.init ?? null },
    { do: 'setDeadline', seconds: config.confirm.deadlineSeconds },
    { do: 'handOver', slot, attempt, mode },
  ];
}

/**
 * A clean boot keeps away from the data partition, which all slots share, unless the slot is nothing without it. What is
 * on the data partition is looked at after the attempt is saved: a file system that crashes the kernel must not be for ever.
 */
function needsStore({ slot, mode }: Candidate, state: BootState, { config }: BootFacts): boolean {
  const hasLayers = state.slots[slot]?.deployment?.base !== undefined;
  return hasLayers || (mode === 'normal' && config.upper.device !== null);
}

/** A stick that somebody plugged in must not walk away with the node's keys: this very device and content was proven. */
export function mayCarryIdentity(
  slot: SlotName,
  state: BootState,
  facts: Pick<BootFacts, 'bases' | 'config'>,
): boolean {
  const base = facts.bases[slot];
  if (base === undefined || !base.removable || facts.config.slots[slot]?.removable === true) return true;
  const recorded = state.slots[slot];
  const isSameDevice = recorded?.device?.partuuid === base.partuuid && recorded.device.serial === base.serial;
  // The state is settled: what is recorded is what was found.
  return isSameDevice && recorded.provenId !== null && recorded.provenId === recorded.deployment?.id;
}

function describe({ slot, mode, turn, why }: Candidate): string {
  const what =
    mode === 'clean' ? `a clean boot of slot ${slot}` : turn === 'recovery' ? `recovery slot ${slot}` : `slot ${slot}`;
  return `${what} is chosen: ${why}`;
}
