/**
 * `lifeboot install FILE.btrfs`: a whole root that was received becomes what a slot holds, on trial.
 *
 * Pure, in two parts, because receiving lies between them. Invariant: one rename of the pair gives the slot what it has
 * from now on; the slot neither runs, nor is it locked, nor did it prove itself last.
 */
import { BootError } from '../errors.ts';
import { chooseFree, refuseRecovery } from '../install/choose-target.ts';
import { requireSlot } from '../operate/require-slot.ts';
import { switchTo } from '../operate/switch-to.ts';
import type { SlotName } from '../slot.ts';
import type { Deployment } from '../state/state.ts';
import { type Layer, makeManifest, recordOf } from './deployment.ts';
import { withDeployment } from './pair.ts';
import { type PairFacts, takenNow } from './pair-facts.ts';
import { type PairPlan, resumeTaken, short, stateWrite } from './pair-plan.ts';
import { putOnTrial } from './pair-records.ts';
import { requireUnlocked } from './set-writable.ts';

export interface ReceiveOrder {
  readonly slot: SlotName;
  readonly base: Deployment;
}

/** @param asked null: the slot that is worth least. @throws BootError REFUSED, USAGE, UNAVAILABLE */
export function planReceive(facts: PairFacts, asked: SlotName | null): ReceiveOrder {
  const { config, state, running, bases } = facts;
  if (asked !== null) requireSlot(state, asked);
  const normal = Object.keys(config.slots).filter((name) => config.slots[name]?.role === 'normal');
  const wanted = asked ?? takenNow(facts)?.inactive ?? null;
  if (wanted !== null) refuseRecovery(config, wanted);
  const slot = chooseFree(wanted === null ? normal : [wanted], state, running?.slot ?? null);
  requireUnlocked(facts, slot);
  const base = Object.hasOwn(bases, slot) ? bases[slot] : undefined;
  if (base !== undefined) return { slot, base };
  throw new BootError('UNAVAILABLE', `the base of slot '${slot}' cannot be looked at`, {
    hint: "'lifeboot doctor' examines the devices",
  });
}

export interface Received {
  readonly layer: Layer;
  readonly at: string | null;
  readonly description: string;
}

export function completeReceive(
  facts: PairFacts,
  { slot, base }: ReceiveOrder,
  { layer, at, description }: Received,
): PairPlan {
  const { id, version } = base;
  const made = { sameAs: null, parent: null, createdAt: at, description, packages: null };
  const manifest = makeManifest({ base: { id, version }, layers: [layer], ...made });
  const lastUpper = facts.pair.lastUpper + 1;
  const pair = { ...withDeployment(facts.pair, slot, manifest.id, lastUpper), lastUpper };
  const deployment = recordOf(manifest);
  const resumed = resumeTaken(facts);
  const active = facts.running?.slot ?? resumed.order.find((name) => name !== slot) ?? slot;
  const tried = putOnTrial(resumed, slot, { deployment, active, reason: `made from ${description}` });
  const { state, notes } = switchTo(tried, { slot, once: false, found: deployment });
  return {
    writes: [{ do: 'saveManifest', manifest }, { do: 'savePair', pair }, ...stateWrite(facts.state, state)],
    state,
    changes: [`slot ${slot} has what came in (${short(manifest.id)}), and is on trial`],
    notes,
  };
}
