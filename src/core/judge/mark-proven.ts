/**
 * The proof of a boot, written into the state: the slot is good, the round is over, the others are judged by it.
 *
 * Pure. Invariant: only a proof makes a slot good, or, with level `manual`, an operator's word.
 */
import { amendRecord, findRecord } from '../boot/history.ts';
import { beginYoung } from '../boot/lasting.ts';
import type { Config } from '../config/config.ts';
import { NO_LADDER } from '../ladder/rungs.ts';
import type { ProofLevel, SlotName, Turn } from '../slot.ts';
import { withProvenSettings } from '../state/settings.ts';
import { type BootState, clearRound, type Deployment, type SlotState, withOutcome, withSlot } from '../state/state.ts';
import { excuse, holdTrial, isUsedUp } from './outage.ts';
import { isOpen, type RunningBoot, requireRunning, runningDeployment } from './running-boot.ts';

/** Turns in which the node came by itself; the others were somebody's choice. */
const FALLBACKS: readonly Turn[] = ['order', 'clean', 'recovery', 'snapshot', 'ladder'];

export interface Proof {
  readonly level: ProofLevel;
  /** RFC 3339 UTC, or null when the clock is not trusted. */
  readonly at: string | null;
}

/**
 * @returns the state to save; `state` itself when this boot was proven before at this level
 * @throws BootError BAD_DATA when the boot is not recorded
 */
export function markProven(state: BootState, boot: RunningBoot, proof: Proof, config: Config): BootState {
  const slot = requireRunning(state, boot);
  const record = findRecord(state, boot.bootId, boot.slot);
  if (record?.outcome === 'proven' && record.proof === proof.level && slot.health === 'good') return state;
  const turn = record?.turn ?? (state.current?.bootId === boot.bootId ? state.current.turn : 'order');
  const isLate = record !== undefined && record.outcome !== 'running' && record.outcome !== 'proven';
  const proven = withOutcome(withSlot(state, boot.slot, provenSlot(slot, boot, proof, isLate)), boot.slot, 'proven');
  const judged = Object.entries(proven.slots).reduce(
    (before, [name, other]) =>
      name === boot.slot ? before : judgeOther(before, name, other, { state, proven: boot.slot, config }),
    proven,
  );
  const closed: BootState = {
    ...withProvenSettings(judged, boot.bootId),
    order: FALLBACKS.includes(turn) ? reorder(judged, boot.slot, config) : judged.order,
    current: isOpen(judged, boot) ? null : judged.current,
    round: clearRound(judged.round),
    outage: null,
    ladder: NO_LADDER,
    latestProofAt: proof.at ?? judged.latestProofAt ?? null,
  };
  // A better proof of an old boot, or an operator's word, says nothing of how long it has been up.
  const isNew = record?.outcome !== 'proven' && proof.level !== 'manual';
  return amendRecord(isNew ? beginYoung(closed, boot) : closed, boot.bootId, boot.slot, {
    outcome: 'proven',
    reason: null,
    proof: proof.level,
  });
}

/**
 * @param isLate the boot had its verdict without a tunnel before: it came back by itself, and not because of how the
 *   slot was booted, so a clean boot does not become the slot's mode
 */
function provenSlot(slot: SlotState, boot: RunningBoot, proof: Proof, isLate: boolean): Partial<SlotState> {
  const isClean = boot.mode === 'clean';
  const provenId = runningDeployment(slot, boot) ?? slot.deployment?.id ?? null;
  return {
    health: 'good',
    deployment: whatRan(slot, provenId),
    reason: isClean ? 'proven in a clean boot: without its upper and its persistent directories' : null,
    provenAt: proof.at,
    proofLevel: proof.level,
    provenId,
    best: 'proven',
    evidence: isClean ? slot.evidence : null,
    examined: null,
    refunds: 0,
    held: null,
    device: { partuuid: boot.partuuid, serial: boot.serial },
    ...(isClean ? provenClean(slot, isLate) : { mode: 'normal', attempts: 0, aliveAttempts: 0 }),
  };
}

/** A clean boot may have done without the layers of the slot: what it proved is the base, and they are still a trial. */
function whatRan({ deployment }: SlotState, provenId: string | null): Deployment | null {
  if (provenId === null || provenId === deployment?.id) return deployment;
  return { id: provenId, version: deployment?.version ?? null };
}

function provenClean(slot: SlotState, isLate: boolean): Partial<SlotState> {
  if (slot.mode !== 'clean' && slot.evidence === null && slot.lately.at(-1) === 'alive') {
    const reason =
      'proven in a clean boot, after boots that just ended, as in brown-outs; the next is a normal one again';
    return { reason, attempts: 0, aliveAttempts: 0 };
  }
  if (!isLate || slot.mode === 'clean') return { mode: 'clean', cleanAttempts: 0 };
  return { reason: 'the tunnel came back during a clean boot; the next boot is a normal one again' };
}

interface Witness {
  /** Before the proof. */
  readonly state: BootState;
  readonly proven: SlotName;
  readonly config: Config;
}

/**
 * The uplink works, so a trial that used up its attempts has nobody else to blame, unless there is an excuse: then what
 * came alive comes back, and what never did is held against it all the same. A good slot has its attempts back: the
 * round is over, and it may be needed again.
 */
function judgeOther(state: BootState, name: SlotName, slot: SlotState, witness: Witness): BootState {
  if (slot.health === 'good') {
    return slot.attempts === 0 && slot.cleanAttempts === 0
      ? state
      : withSlot(state, name, { attempts: 0, aliveAttempts: 0, cleanAttempts: 0 });
  }
  if (slot.health !== 'trial' || !isUsedUp(slot, witness.config)) return state;
  const excused = excuse(witness.state, name);
  if (excused !== null && slot.aliveAttempts > 0) {
    const reason = `${slot.attempts} attempts without a proof are not held against it: ${excused}`;
    return withSlot(holdTrial(state, name, excused), name, { reason });
  }
  const reason = `${slot.attempts} attempts without a proof, while slot ${witness.proven} proved itself; the last one: ${slot.reason ?? 'no reason recorded'}`;
  return withSlot(state, name, { health: 'bad', reason, held: null });
}

/**
 * A fallback is preferred from now on where there is evidence against every slot before it. A kept snapshot is behind all of
 * them, and its proof is the last resort: without it the node would go round the condemned slots again at each boot.
 */
function reorder(state: BootState, slot: SlotName, config: Config): readonly SlotName[] {
  const at = state.order.indexOf(slot);
  const before =
    at < 0 ? state.order.filter((name) => config.slots[name]?.role === 'normal') : state.order.slice(0, at);
  const isCondemned = (name: SlotName) =>
    state.slots[name]?.health === 'bad' || (state.slots[name]?.evidence ?? null) !== null;
  return before.every(isCondemned) ? [slot, ...state.order.filter((name) => name !== slot)] : state.order;
}
