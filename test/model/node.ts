/**
 * A node as the model sees it: the boot state on its disk, what runs, and what a hand has put into a slot.
 *
 * `canonical` makes two nodes equal when no decision can tell them apart: times become their order, boot ids and
 * deployments become names, words become "some". It leaves out history that nobody asks for. A test runs lives with and
 * without it side by side, so that what it leaves out cannot matter unseen.
 */
import type { RunningBoot } from '../../src/core/judge/running-boot.ts';
import type { Mode, SlotName } from '../../src/core/slot.ts';
import type { BootState, SlotState } from '../../src/core/state/state.ts';

export interface Running {
  readonly slot: SlotName;
  readonly mode: Mode;
  readonly attempt: number | null;
  /** False: the boot stage could not save the attempt. */
  readonly saved: boolean;
  readonly verdict: 'open' | 'proven' | 'without';
}

export interface ModelNode {
  /** Null: nothing can be read on the medium. */
  readonly state: BootState;
  readonly running: Running | null;
  /** Slots that hold something else than what is recorded. */
  readonly swapped: readonly SlotName[];
}

/** The boot id of what runs. */
export const THIS_BOOT = '1'.repeat(32);
/** One whose verdict is still open, because what runs could not be saved. */
export const OLDER_BOOT = '0'.repeat(32);
/** The next one's. */
export const NEXT_BOOT = '2'.repeat(32);

/** Where nothing was ever set, nobody asks what was set when a boot was entered. */
function settingsOf({ settings = {}, provenSettings = {}, entered }: BootState, isOlder: boolean): Partial<BootState> {
  const isEmpty = (all: object) => Object.keys(all).length === 0;
  const isNeeded = entered !== undefined && ![settings, provenSettings, entered.settings].every(isEmpty);
  return {
    ...(isEmpty(settings) ? {} : { settings }),
    provenSettings,
    ...(isNeeded ? { entered: { ...entered, bootId: isOlder ? OLDER_BOOT : THIS_BOOT } } : {}),
  };
}

function youngOf({ young = null }: BootState): Pick<BootState, 'young'> {
  return young === null ? {} : { young: { slot: young.slot, bootId: THIS_BOOT } };
}

/** Only who has more counts, once every slot has reached the limit, which is one where a model has this. */
const MOST_SHORT_LIVED = 3;

function shortLivedByAll({ slots }: BootState): number {
  return Math.max(0, Math.min(...Object.values(slots).map(({ shortLived }) => shortLived)) - 1);
}

export function runningBoot({ state }: ModelNode, { slot, mode, attempt, saved }: Running): RunningBoot {
  const deploymentId = state.slots[slot]?.deployment?.id ?? null;
  return { bootId: THIS_BOOT, slot, attempt, mode, deploymentId, partuuid: null, serial: null, attemptSaved: saved };
}

export function canonical(node: ModelNode): ModelNode {
  const { state } = node;
  const times = [...new Set(Object.values(state.slots).flatMap(({ provenAt }) => provenAt ?? []))].sort();
  const slots = Object.entries(state.slots).map(([name, slot]): [SlotName, SlotState] => [
    name,
    canonicalSlot(slot, times, shortLivedByAll(state)),
  ]);
  const isOlder = node.running !== null && state.current?.bootId !== THIS_BOOT;
  const current = state.current === null ? null : { ...state.current, bootId: isOlder ? OLDER_BOOT : THIS_BOOT };
  return {
    ...node,
    state: {
      slots: Object.fromEntries(slots),
      order: state.order,
      oneShot: state.oneShot,
      current,
      round: {
        number: Math.min(state.round.number, 1),
        clean: sorted(state.round.clean),
        recovery: sorted(state.round.recovery),
      },
      pending: [],
      outage: state.outage === null ? null : { since: null, slot: 'a' },
      ladder: {
        round: Math.min(state.ladder.round, 1),
        taken: [...state.ladder.taken].sort(),
        slots: state.ladder.slots,
        clean: state.ladder.clean,
        next: state.ladder.next,
      },
      history: keptHistory(node),
      ...youngOf(state),
      ...settingsOf(state, isOlder),
    },
    swapped: sorted(node.swapped),
  };
}

function canonicalSlot(slot: SlotState, times: readonly string[], byAll: number): SlotState {
  const id = slot.deployment?.id ?? null;
  const last = slot.lately.at(-1);
  return {
    deployment: id === null ? null : { id: 'held', version: null },
    health: slot.health,
    attempts: slot.attempts,
    aliveAttempts: slot.aliveAttempts,
    limit: null,
    reason: null,
    provenAt: slot.provenAt === null ? null : timeOf(times.indexOf(slot.provenAt)),
    proofLevel: slot.proofLevel,
    provenId: slot.provenId === null ? null : slot.provenId === id ? 'held' : 'gone',
    best: slot.best,
    mode: slot.mode,
    cleanAttempts: slot.cleanAttempts,
    evidence: slot.evidence === null ? null : 'some',
    shortLived: Math.min(slot.shortLived - byAll, MOST_SHORT_LIVED),
    refunds: slot.refunds,
    held: slot.held === null ? null : 'some',
    lately: last === 'busy' || last === 'clock' ? ['busy'] : diedAlive(slot),
    device: null,
  };
}

/** Only the record of the boot that runs is ever looked up. */
function keptHistory({ state, running }: ModelNode): BootState['history'] {
  // What is off has its verdict, or its open boot in `current`; only a young boot is asked for once more.
  const slot = running?.slot ?? state.young?.slot;
  const record = state.history.findLast((each) => each.bootId === THIS_BOOT && each.slot === slot);
  if (record === undefined) return [];
  const { mode, turn, outcome, proof } = record;
  const kept = {
    bootId: THIS_BOOT,
    slot: record.slot,
    attempt: null,
    mode,
    outcome,
    reason: null,
    startedAt: null,
    proof,
    trace: [],
  };
  return [turn === undefined ? kept : { ...kept, turn }];
}

/** How often in a row a good slot died alive: only that is counted. */
function diedAlive({ health, lately }: SlotState): SlotState['lately'] {
  if (health !== 'good') return [];
  return lately.slice(lately.findLastIndex((outcome) => outcome !== 'alive') + 1).slice(-MOST_DEATHS);
}

/** Twice the attempts of a model. */
const MOST_DEATHS = 4;

/** A proof's time by its rank. */
function timeOf(rank: number): string {
  return `2026-01-0${rank + 1}T00:00:00Z`;
}

/** Later than every proof so far. */
export function nowOf({ slots }: BootState): string {
  const latest = Math.max(
    0,
    ...Object.values(slots).map(({ provenAt }) => Date.parse(provenAt ?? '1970-01-01T00:00:00Z')),
  );
  return `${new Date(latest + 1000).toISOString().slice(0, 19)}Z`;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort();
}

export function keyOf(node: ModelNode): string {
  return JSON.stringify(node);
}
