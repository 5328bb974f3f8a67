/**
 * Brings the recorded state up to what this boot knows: how the last boot ended, what the slots really hold,
 * which steps failed.
 *
 * Pure. Invariant: settling twice gives the same as settling once, because a plan is made again after each failed step.
 */
import { betterOf } from '../slot.ts';
import {
  type BootState,
  type CurrentBoot,
  type Deployment,
  LATELY_LENGTH,
  NOTHING_TRIED,
  type SlotState,
  withOutcome,
  withSlot,
} from '../state/state.ts';
import { renameDeployment } from '../store/pair-records.ts';
import type { BootFacts, FoundBase, SlotFailure } from './facts.ts';
import { amendRecord, putRecord } from './history.ts';
import { settleYoung } from './lasting.ts';
import { attemptLimit } from './limits.ts';

export interface Settled {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/** Settles all of it, in the order in which it happened. */
export function settle(state: BootState, facts: BootFacts): Settled {
  const young = settleYoung(state, facts);
  const last = settleLastBoot(young.state, facts);
  const ended: Settled = { state: last.state, trace: [...young.trace, ...last.trace] };
  const found = Object.entries(facts.bases).reduce(
    (before, [slot, base]) => settleFoundBase(before, slot, base),
    ended,
  );
  return facts.failures.reduce((before, failure) => settleFailure(before, failure, facts), found);
}

function settleLastBoot(state: BootState, facts: BootFacts): Settled {
  const last = state.current;
  if (last === null || last.bootId === facts.bootId) return { state, trace: [] };
  const reason = facts.evidence ?? (last.alive ? 'ended before the tunnel was proven' : 'ended before it came alive');
  const outcome = facts.evidence !== null ? 'failed' : last.alive ? 'alive' : 'cut';
  const slot = state.slots[last.slot];
  const closed = amendRecord({ ...state, current: null }, last.bootId, last.slot, { outcome, reason });
  const trace = [`the last boot (slot ${last.slot}, attempt ${last.attempt}) has no verdict: it ${reason}`];
  if (slot === undefined) return { state: closed, trace };
  const seen = {
    best: betterOf(slot.best, 'assembled'),
    reason,
    evidence: facts.evidence ?? slot.evidence,
    refunds: 0,
    ...countAgain(slot, last, { ...facts, isAsked: state.ladder.next !== null }),
  };
  const told = withOutcome(withSlot(closed, last.slot, seen), last.slot, outcome);
  return judgeUsedUp(told, last.slot, facts, trace);
}

/** Boots in a row that came alive and died without a verdict: after so many times its attempts, nothing excuses a slot. */
const TOO_OFTEN = 2;

/**
 * Coming alive has cleared the attempts of a good slot. What panics after that runs out of them all the same. What just
 * ends, as in brown-outs, first makes room for other good slots (`lasting.ts`), and is used up when that goes on and on.
 */
function countAgain(
  slot: SlotState,
  { mode, attempt, alive }: CurrentBoot,
  facts: BootFacts & { readonly isAsked: boolean },
): Partial<SlotState> {
  const isClean = mode === 'clean';
  if (isClean && slot.mode !== 'clean') return {};
  const used = (attempts: number) => (isClean ? { cleanAttempts: attempts } : { attempts });
  if (facts.evidence !== null) return used(Math.max(isClean ? slot.cleanAttempts : slot.attempts, attempt));
  // The ladder asked for this reboot.
  if (!alive || slot.health !== 'good' || facts.isAsked) return {};
  const limit = attemptLimit(slot, facts.config);
  // This one is not among them yet.
  const inRow = slot.lately.length - slot.lately.findLastIndex((outcome) => outcome !== 'alive');
  const isUsedUp = inRow >= Math.min(TOO_OFTEN * limit, LATELY_LENGTH);
  return { shortLived: slot.shortLived + 1, ...(isUsedUp ? used(limit) : {}) };
}

/** A trial that used up its attempts and never came alive is bad, whatever the uplink did at the time. */
function judgeUsedUp(state: BootState, name: string, facts: BootFacts, trace: readonly string[]): Settled {
  const slot = state.slots[name];
  if (slot === undefined || slot.health !== 'trial' || slot.attempts < attemptLimit(slot, facts.config)) {
    return { state, trace };
  }
  if (slot.best === 'alive' || slot.best === 'proven') return { state, trace };
  const reason = `none of ${slot.attempts} attempts came alive; the last one ${slot.reason ?? 'said nothing'}`;
  return {
    state: withSlot(state, name, { health: 'bad', reason }),
    trace: [...trace, `slot ${name} is bad: ${reason}`],
  };
}

/** Health and proof belong to what a slot holds, not to its name. */
function settleFoundBase(before: Settled, name: string, base: FoundBase): Settled {
  const slot = before.state.slots[name];
  const recorded = slot?.deployment ?? null;
  const { deployment: found, sameAs } = base.stack ?? { ...base, sameAs: null };
  const notes = base.notes.map((note) => `slot ${name}: ${note}`);
  const told: Settled = { ...before, trace: [...before.trace, ...notes] };
  if (recorded?.id === found.id) return told;
  // Its layers are looked at later, and only then is it known what it holds.
  if (base.stack === undefined && recorded?.base === found.id) return told;
  if (slot === undefined || recorded === null)
    return { ...told, state: withSlot(before.state, name, { deployment: found }) };
  if (recorded.id === sameAs) return { ...told, state: renameDeployment(before.state, name, recorded.id, found) };
  const reason = `it holds ${nameOf(found)}, not the recorded ${nameOf(recorded)}`;
  return {
    state: withSlot(before.state, name, newDeployment(found, reason)),
    trace: [...told.trace, `slot ${name} is a trial with no attempts used: ${reason}`],
  };
}

function newDeployment(deployment: Deployment, reason: string): Partial<SlotState> {
  return {
    deployment,
    health: 'trial',
    ...NOTHING_TRIED,
    lately: [],
    reason,
    best: 'nothing',
    mode: 'normal',
    evidence: null,
    examined: null,
  };
}

function nameOf(deployment: Deployment): string {
  return `${deployment.version ?? 'an unnamed version'} (${deployment.id.slice(0, 12)})`;
}

/**
 * A failed step is evidence. It uses up an attempt, unless the attempt was saved before the step ran.
 * A slot whose content cannot even be mounted is bad, and so is a trial that lacks what a root needs: neither changes by waiting.
 */
function settleFailure(before: Settled, failure: SlotFailure, facts: BootFacts): Settled {
  const { state } = before;
  const slot = state.slots[failure.slot];
  const record = state.history.findLast(
    ({ bootId, slot: name, mode }) => bootId === facts.bootId && name === failure.slot && mode === failure.mode,
  );
  const trace = [...before.trace, `slot ${failure.slot} failed in ${failure.step}: ${failure.why}`];
  if (slot === undefined || record?.outcome === 'failed') return { state, trace };
  const reason = `${failure.step} failed: ${failure.why}`;
  const attempts = slot.attempts + (record === undefined && failure.mode === 'normal' ? 1 : 0);
  const isBad = failure.kind === 'content' && (slot.health === 'trial' || failure.step === 'mountBase');
  const marked = withSlot(state, failure.slot, {
    attempts,
    reason,
    evidence: reason,
    ...(isBad ? { health: 'bad' as const, held: null } : {}),
  });
  const recorded = putRecord(withOutcome(marked, failure.slot, 'failed'), {
    bootId: facts.bootId,
    slot: failure.slot,
    attempt: attempts,
    mode: failure.mode,
    startedAt: facts.now,
    proof: null,
    trace: [],
    ...record,
    outcome: 'failed',
    reason,
  });
  return judgeUsedUp(recorded, failure.slot, facts, trace);
}
