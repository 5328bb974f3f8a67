/**
 * The recovery ladder of a node whose boot has its verdict: from what is known to one action.
 *
 * Pure. Invariants: each rung is taken at most as often in a round as configured, in order, and not before its own time;
 * a slot is left only by a boot whose purpose is in the boot state first; after a full round without a tunnel the node
 * waits on the slot that proved itself last, twice as long each time, so that a long outage wears out nothing.
 */
import { isYoung, LASTING_SECONDS } from '../boot/lasting.ts';
import type { Config } from '../config/config.ts';
import { isCondemned, type RunningBoot } from '../judge/running-boot.ts';
import type { TunnelSample } from '../judge/sample.ts';
import type { SlotName } from '../slot.ts';
import { hasUnprovenSettings } from '../state/settings.ts';
import type { BootState } from '../state/state.ts';
import { isHeld, type TendMemory } from './link.ts';
import { type LadderBoot, NO_LADDER, RUNGS, type Rung } from './rungs.ts';
import { lastProven, nextClean, nextOther, nextRecovery, nextSnapshot } from './where-to.ts';

export interface TendFacts {
  readonly config: Config;
  /** After this call's look. */
  readonly memory: TendMemory;
  readonly sample: TunnelSample;
  /** Of this boot; null: not given yet. */
  readonly verdict: string | null;
  /** Null in a fallback boot, which no record knows. */
  readonly boot: RunningBoot | null;
  /** Null when it cannot be read. */
  readonly state: BootState | null;
  /** When an operator last came in through the tunnel, in seconds since the kernel started; null: nobody did. */
  readonly visitedAt: number | null;
}

export type TendAction =
  | { readonly do: 'nothing'; readonly why: string }
  /** The tunnel is back in a boot that had its verdict without it: the slot is proven after all. */
  | { readonly do: 'prove'; readonly why: string }
  /** The proven boot is young no more. */
  | { readonly do: 'last'; readonly why: string }
  /** The trials that were held back in the outage are offered again. */
  | { readonly do: 'offer'; readonly slots: readonly SlotName[]; readonly why: string }
  /** What the ladder has written is over. */
  | { readonly do: 'forget'; readonly why: string }
  | { readonly do: 'restartTunnel'; readonly why: string }
  | { readonly do: 'restartNetwork'; readonly units: readonly string[]; readonly why: string }
  /** The state is saved with this as its next boot, then the node reboots. */
  | { readonly do: 'boot'; readonly next: LadderBoot; readonly why: string }
  /** What the next boot is for is written already, or nothing can be written. */
  | { readonly do: 'reboot'; readonly why: string }
  /** A round without a tunnel is over, and the node is where it should wait. */
  | { readonly do: 'endRound'; readonly why: string };

/** The pause grows no further than this. */
const LONGEST_PAUSE_SECONDS = 7 * 86_400;
/** So long the node is left to an operator who came in: what is broken may be the proof, and a reboot would cut them off. */
const VISIT_SECONDS = 2 * 3600;

export function planTend(facts: TendFacts): TendAction {
  if (facts.verdict === null) return nothing('this boot has no verdict yet, so it is not the turn of the ladder');
  if (hasLasted(facts))
    return { do: 'last', why: `this boot has lasted for ${inWords(LASTING_SECONDS)} since its proof` };
  return facts.sample.kind === 'proven' ? planGood(facts) : planAway(facts);
}

function hasLasted({ memory, boot, state }: TendFacts): boolean {
  const now = memory.looks.at(-1)?.at ?? 0;
  if (boot === null || state === null || memory.since === null || memory.unwritable) return false;
  return isYoung(state, boot) && now - memory.since >= LASTING_SECONDS;
}

function planGood({ config, memory, verdict, boot, state }: TendFacts): TendAction {
  if (verdict !== 'proven') {
    if (boot !== null && state !== null && isCondemned(state, boot)) return nothing('this boot was judged bad by hand');
    const isProven = isHeld(memory.looks, config.confirm.holdSeconds);
    if (!isProven) return nothing('the tunnel answers; it has to be held for a while before this boot is proven');
    return { do: 'prove', why: 'the tunnel is back and was held' };
  }
  if (memory.healthySince === null || state === null) return nothing('the tunnel answers');
  const healthySeconds = (memory.looks.at(-1)?.at ?? 0) - memory.healthySince;
  const held = state.order.filter((name) => (state.slots[name]?.held ?? null) !== null);
  if (held.length > 0 && healthySeconds >= config.tend.againSeconds) {
    return { do: 'offer', slots: held, why: `the tunnel has been back for ${inWords(healthySeconds)}` };
  }
  const isTrouble = state.outage !== null || JSON.stringify(state.ladder) !== JSON.stringify(NO_LADDER);
  return isTrouble ? { do: 'forget', why: 'the tunnel is back' } : nothing('the tunnel answers');
}

function planAway(facts: TendFacts): TendAction {
  const { memory, state, boot } = facts;
  const visit = describeVisit(facts);
  if (visit !== null) return nothing(visit);
  if (boot === null || state === null || memory.unwritable) return planWithoutState(facts);
  if (state.ladder.next !== null) return planReboot(facts);
  const rung = RUNGS.find((each) => isOpen(each, facts) && whatToDo(each, facts, state, boot) !== null);
  const dueAt = rung === undefined ? endOfRound(facts) : dueSeconds(rung, facts);
  if (memory.away < dueAt) return nothing(describeWait(rung, memory.away, dueAt));
  const away = `no tunnel for ${inWords(memory.away)}`;
  if (rung === undefined) return planEndOfRound(state, boot, away);
  return whatToDo(rung, facts, state, boot) ?? nothing(away);
}

/** What is remembered after a look: the time away does not grow under the hands of an operator. */
export function heldByVisit(visitedAt: number | null, before: TendMemory, after: TendMemory): TendMemory {
  return isVisited(visitedAt, after) ? { ...after, away: before.away, streak: 0 } : after;
}

/** Whether an operator came in lately. */
function isVisited(visitedAt: number | null, { looks }: TendMemory): boolean {
  return visitedAt !== null && (looks.at(-1)?.at ?? 0) - visitedAt < VISIT_SECONDS;
}

function describeVisit({ memory, visitedAt }: TendFacts): string | null {
  if (visitedAt === null || !isVisited(visitedAt, memory)) return null;
  const ago = (memory.looks.at(-1)?.at ?? 0) - visitedAt;
  return `no tunnel for ${inWords(memory.away)}, but an operator came in ${inWords(ago)} ago: nothing is tried for ${inWords(VISIT_SECONDS)}`;
}

/** The boot that was asked for has not come: the reboot failed, or that boot could not write the boot state. */
function planReboot({ config, memory }: TendFacts): TendAction {
  const dueAt = config.tend.rungs.reboot.afterSeconds;
  if (memory.away < dueAt) return nothing(describeWait('reboot', memory.away, dueAt));
  return { do: 'reboot', why: `no tunnel for ${inWords(memory.away)}, and the boot that was asked for has not come` };
}

/** What the rung does here; null: nothing, so the next one has its turn. */
function whatToDo(rung: Rung, { config, memory }: TendFacts, state: BootState, boot: RunningBoot): TendAction | null {
  const why = `no tunnel for ${inWords(memory.away)}`;
  const to = (slot: SlotName | null, clean = false): TendAction | null =>
    slot === null ? null : { do: 'boot', next: { purpose: rung, slot, clean }, why };
  switch (rung) {
    case 'tunnel':
      return { do: 'restartTunnel', why };
    case 'network':
      return config.tend.networkUnits.length === 0
        ? null
        : { do: 'restartNetwork', units: config.tend.networkUnits, why };
    case 'reboot':
      return to(boot.slot);
    case 'clean':
      return hasAnythingToLeaveOut(config) ? to(nextClean(state, boot, config), true) : null;
    case 'other':
      return to(nextOther(state, boot, config));
    case 'recovery':
      return to(nextRecovery(state, boot, config));
    case 'snapshot':
      return to(nextSnapshot(state, boot, config));
    case 'rescue':
      return config.rescue === null ? null : { do: 'boot', next: { purpose: rung, slot: null, clean: false }, why };
    default:
      return rung satisfies never;
  }
}

function isOpen(rung: Rung, { config, memory, state }: TendFacts): boolean {
  const taken = [...(state?.ladder.taken ?? []), ...memory.taken].filter((each) => each === rung).length;
  return taken < config.tend.rungs[rung].count;
}

/** When the rung is due, in seconds without a tunnel in this boot. The first boot of a later round waits out the pause. */
function dueSeconds(rung: Rung, { config, state }: TendFacts): number {
  const { round, taken } = state?.ladder ?? NO_LADDER;
  const pause = taken.length > 0 ? 0 : pauseSeconds(round, config);
  return config.tend.rungs[rung].afterSeconds + pause;
}

/** How long a round waits before its first rung: not at all, then doubling. */
export function pauseSeconds(round: number, config: Config): number {
  if (round === 0) return 0;
  return Math.min(config.tend.pauseSeconds * 2 ** Math.min(round - 1, 30), LONGEST_PAUSE_SECONDS);
}

/** The last rung has its own time too. */
function endOfRound({ config, memory, state }: TendFacts): number {
  const last = memory.taken.at(-1) ?? state?.ladder.taken.at(-1);
  return last === undefined ? 0 : config.tend.rungs[last].afterSeconds;
}

function planEndOfRound(state: BootState, boot: RunningBoot, away: string): TendAction {
  const home = lastProven(state) ?? boot.slot;
  const why = `${away}, and each way was tried: waiting on slot ${home}, which proved itself last`;
  // What was set and never proven goes with the end of the round, and only a boot is rid of it.
  const isAsProven = !hasUnprovenSettings(state);
  const isHome = boot.slot === home && boot.mode === (state.slots[home]?.mode ?? 'normal') && isAsProven;
  return isHome ? { do: 'endRound', why } : { do: 'boot', next: { purpose: 'return', slot: home, clean: false }, why };
}

/** Without a record nothing that the next boot should do differently can be said, and nothing is counted: slower. */
function planWithoutState(facts: TendFacts): TendAction {
  const { config, memory } = facts;
  const why = `no tunnel for ${inWords(memory.away)}`;
  const isDue = (rung: Rung) =>
    memory.away >= config.tend.rungs[rung].afterSeconds &&
    !memory.taken.includes(rung) &&
    config.tend.rungs[rung].count > 0;
  if (isDue('tunnel')) return { do: 'restartTunnel', why };
  if (isDue('network') && config.tend.networkUnits.length > 0) {
    return { do: 'restartNetwork', units: config.tend.networkUnits, why };
  }
  if (isDue('reboot') && memory.away >= config.tend.pauseSeconds) return { do: 'reboot', why };
  return nothing(`${why}; without a boot state that can be written only a reboot is left, in time`);
}

/** A clean boot leaves out the upper and the persistent directories; without any it would be the same boot again. */
function hasAnythingToLeaveOut({ upper, persist }: Config): boolean {
  return upper.kind === 'persistent' || persist.length > 0;
}

function describeWait(rung: Rung | undefined, away: number, dueAt: number): string {
  const what = rung === undefined ? 'the round ends' : `the rung '${rung}' is due`;
  return `no tunnel for ${inWords(away)}; ${what} after ${inWords(dueAt)}`;
}

function nothing(why: string): TendAction {
  return { do: 'nothing', why };
}

export function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8640) / 10} days`;
}
