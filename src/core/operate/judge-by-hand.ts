/**
 * An operator's judgement: `mark good`, `mark bad`, `reset-attempts`.
 *
 * Pure. Invariant: only the system that is really running is ever marked good, because nobody can vouch for another one.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { markProven, type Proof } from '../judge/mark-proven.ts';
import { isOpen, type RunningBoot, requireRunning, runningDeployment } from '../judge/running-boot.ts';
import { recordFailed } from '../judge/verdict.ts';
import type { SlotName } from '../slot.ts';
import { type BootState, NOTHING_TRIED, type SlotState, withSlot } from '../state/state.ts';
import { type Edit, settleEdit } from './edit.ts';
import { requireSlot } from './require-slot.ts';

export interface GoodMark {
  readonly boot: RunningBoot;
  /** The slot that was named, or null: the running one. */
  readonly slot: SlotName | null;
  /** End the mode clean. */
  readonly normal: boolean;
  readonly at: Proof['at'];
}

/** @throws BootError BAD_DATA when another slot is named, or when the record tells of another boot */
export function markGoodByHand(state: BootState, mark: GoodMark, config: Config): Edit {
  const { boot } = mark;
  if (mark.slot !== null) requireSlot(state, mark.slot);
  if (mark.slot !== null && mark.slot !== boot.slot) {
    throw new BootError('BAD_DATA', `slot '${mark.slot}' is not running: slot '${boot.slot}' is`, {
      hint: `only the running system can be marked good; 'lifeboot switch ${mark.slot} --once' boots the other one`,
    });
  }
  const slot = requireRunning(state, boot);
  const proven = isGoodAlready(slot, boot) ? state : markProven(state, boot, { level: 'manual', at: mark.at }, config);
  const normal: Partial<SlotState> = {
    mode: 'normal',
    attempts: 0,
    aliveAttempts: 0,
    cleanAttempts: 0,
    shortLived: 0,
    evidence: null,
    reason: null,
  };
  return settleEdit(state, mark.normal ? withSlot(proven, boot.slot, normal) : proven, []);
}

function isGoodAlready(slot: SlotState, boot: RunningBoot): boolean {
  const [proven, running] = [slot.provenId ?? slot.deployment?.id ?? null, runningDeployment(slot, boot)];
  const isSame = proven === null || running === null || proven === running;
  const attempts = boot.mode === 'clean' ? slot.cleanAttempts : slot.attempts;
  const isMode = slot.mode === 'clean' || boot.mode !== 'clean';
  return slot.health === 'good' && attempts === 0 && isSame && isMode;
}

export interface BadMark {
  readonly slot: SlotName;
  readonly reason: string | null;
  /** The running boot, or null where there is none that lifeboot knows of. */
  readonly boot: RunningBoot | null;
}

/** @throws BootError USAGE for a slot that is not there, BAD_DATA for an empty one */
export function markBadByHand(state: BootState, mark: BadMark): Edit {
  const slot = requireSlot(state, mark.slot);
  if (slot.health === 'empty') throw new BootError('BAD_DATA', `slot '${mark.slot}' is empty, which is bad enough`);
  if (slot.health === 'bad' && (mark.reason === null || mark.reason === slot.reason)) return { state, notes: [] };
  const reason = mark.reason ?? 'marked bad by hand';
  const { boot } = mark;
  const isRunning = boot !== null && boot.slot === mark.slot && isOpen(state, boot);
  const closed = isRunning ? recordFailed(state, boot, reason) : state;
  const marked = withSlot(closed, mark.slot, { health: 'bad', reason, evidence: reason, held: null });
  // A choice for one boot asks nobody for the health of its slot.
  const unchosen = marked.oneShot === mark.slot ? { ...marked, oneShot: null } : marked;
  return settleEdit(state, unchosen, notesOnBad(marked, mark.slot, boot));
}

function notesOnBad(state: BootState, name: SlotName, boot: RunningBoot | null): readonly string[] {
  const isGoodLeft = Object.values(state.slots).some(({ health }) => health === 'good');
  return [
    ...(isGoodLeft ? [] : ['no slot is good now']),
    ...(boot?.slot === name ? [`slot ${name} goes on running until the next reboot`] : []),
    ...(state.oneShot === name ? [`the choice for one boot of slot ${name} is gone`] : []),
  ];
}

/** @throws BootError USAGE for a slot that is not there */
export function resetAttempts(state: BootState, name: SlotName | null): Edit {
  if (name !== null) requireSlot(state, name);
  const names = name === null ? Object.keys(state.slots) : [name];
  const reset = names.reduce((before, each) => withSlot(before, each, NOTHING_TRIED), state);
  const bad = names.filter((each) => state.slots[each]?.health === 'bad');
  const notes = bad.map((each) => `slot ${each} is still bad; 'lifeboot switch ${each}' puts it on trial again`);
  return settleEdit(state, reset, notes);
}
