/**
 * `snapshot take`: RFC-0005's TakeSnapshot.
 *
 * Pure, in two parts, because sealing the running slot's changes lies between them. Invariant: the slot that runs shows
 * the same under its new name, the other one gets the same stack, and neither is written in a way that a boot could see
 * half of: one rename of the pair changes both. What the other slot had is nothing that the node may still need: it
 * neither runs nor proved itself last.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { chooseFree } from '../install/choose-target.ts';
import { isUnfinished } from '../repair/record-repair.ts';
import type { SlotName } from '../slot.ts';
import type { Deployment } from '../state/state.ts';
import {
  bareManifest,
  type Layer,
  MAX_LAYERS,
  type Manifest,
  makeManifest,
  recordOf,
  stackLayer,
} from './deployment.ts';
import { persistentPackageDirs } from './own-dirs.ts';
import { isCompacted, type Pair, type Taken, withDeployment } from './pair.ts';
import { heldBy, type PairFacts, takenNow } from './pair-facts.ts';
import { type PairPlan, refused, resumeTaken, short, stateWrite, trialReason } from './pair-plan.ts';
import { putOnTrial, renameDeployment } from './pair-records.ts';
import { snapshotNumber } from './snapshot-name.ts';

/** What is sealed, and for which slots. */
export interface TakeOrder {
  readonly active: SlotName;
  readonly inactive: SlotName;
  readonly base: Deployment;
  /** What the active slot holds now. */
  readonly held: Deployment;
  /** Its manifest; null: the base alone. */
  readonly over: Manifest | null;
  /** Directories that the running system has elsewhere, and that the layer takes along. */
  readonly own: readonly string[];
}

/** @throws BootError REFUSED, UNAVAILABLE, BAD_DATA */
export function planTake(facts: PairFacts): TakeOrder {
  const active = requireRunning(facts);
  const taken = takenNow(facts);
  if (taken !== null) {
    throw refused(
      `a snapshot of slot '${taken.active}' is taken already, and slot '${taken.inactive}' is prepared`,
      `go on with it, or 'lifeboot snapshot cancel'; it also ends when slot ${taken.inactive} has proven itself`,
    );
  }
  const base = requireBase(facts, active);
  const held = heldBy(facts, active) ?? base;
  const ran = facts.running?.deploymentId ?? held.id;
  if (ran !== held.id && !isSameRunning(facts, active, ran)) {
    const what = `slot '${active}' holds ${short(held.id)}, and what runs is ${short(ran)}`;
    throw refused(`${what}: it was changed in this boot`, 'reboot first');
  }
  const over = held.id === base.id ? null : requireManifest(facts, held.id);
  if (over !== null && over.layers.length >= MAX_LAYERS) {
    throw refused(
      `slot '${active}' has ${over.layers.length} layers, and no more fit`,
      "'lifeboot store compact' first",
    );
  }
  const own = over === null ? persistentPackageDirs(facts.config.persist.map(({ path }) => path)) : [];
  const inactive = chooseInactive(facts, active, base);
  if (isUnfinished(facts.state, inactive)) {
    const hint = `'lifeboot repair ${inactive} --from ${active}' first`;
    throw refused(`slot '${inactive}' is being written, or was not written to its end`, hint);
  }
  return { active, inactive, base, held, over, own };
}

function requireRunning({ running, config }: PairFacts): SlotName {
  if (running === null) {
    throw refused('this system was not booted from a slot by lifeboot', 'boot a slot; rescue and fallback take none');
  }
  const { slot, mode } = running;
  if (config.slots[slot]?.role !== 'normal') {
    const what = snapshotNumber(slot) === null ? 'a recovery slot' : 'a kept snapshot';
    throw refused(`slot '${slot}' runs, which is ${what}`, 'take the snapshot in the system that is upgraded');
  }
  if (mode !== 'normal') {
    throw refused(
      `slot '${slot}' runs in mode ${mode}, without the changes that are kept for it`,
      `'lifeboot mark good ${slot} --normal' or 'lifeboot switch ${slot}', then reboot`,
    );
  }
  if (config.upper.kind !== 'persistent') {
    throw refused(`no changes are kept ([upper] kind = "${config.upper.kind}")`, 'see [upper] of the configuration');
  }
  return slot;
}

/** The layers were made one in this boot: what runs shows the same under its old id, and writes to the same upper. */
function isSameRunning({ pair, state }: PairFacts, slot: SlotName, ran: string): boolean {
  // As the boot state says: where a cut kept it from being told, a reboot comes first.
  return isCompacted(pair, slot) && state.slots[slot]?.deployment?.sameAs === ran;
}

function requireBase({ bases }: PairFacts, slot: SlotName): Deployment {
  const base = Object.hasOwn(bases, slot) ? bases[slot] : undefined;
  if (base !== undefined) return base;
  throw new BootError('UNAVAILABLE', `the base of slot '${slot}' cannot be looked at`, {
    hint: "'lifeboot doctor' examines the devices",
  });
}

function requireManifest({ manifests }: PairFacts, id: string): Manifest {
  const manifest = Object.hasOwn(manifests, id) ? manifests[id] : undefined;
  if (manifest !== undefined) return manifest;
  throw new BootError('BAD_DATA', `the manifest of deployment '${short(id)}' is missing`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

/** The one that is worth least, among those on the same base. */
function chooseInactive(facts: PairFacts, active: SlotName, base: Deployment): SlotName {
  const { config, state, bases } = facts;
  const normal = Object.keys(config.slots).filter((name) => config.slots[name]?.role === 'normal');
  const fitting = normal.filter((name) => name === active || bases[name]?.id === base.id);
  const hasOther = fitting.length > 1;
  const inactive = chooseFree(hasOther ? fitting : normal, state, active);
  if (hasOther) return inactive;
  const other = bases[inactive];
  const what = other === undefined ? 'cannot be looked into' : `is on ${short(other.id)}`;
  throw refused(
    `slot '${inactive}' ${what}, and slot '${active}' on ${short(base.id)}: a snapshot needs two slots on the same base`,
    `'lifeboot repair ${inactive} --from ${active}' first`,
  );
}

export interface TakeDetails {
  readonly bootId: string;
  readonly at: string | null;
  readonly description: string;
}

/** @param layer what the running slot has changed; null: nothing */
export function completeTake(facts: PairFacts, order: TakeOrder, layer: Layer | null, details: TakeDetails): PairPlan {
  const { active, inactive, base, held, over } = order;
  const manifest = layer === null ? null : makeSnapshot(order, layer, details);
  const id = manifest?.id ?? held.id;
  const pair = bothOn(facts.pair, order, id, details);
  const deployment = recordOf(manifest ?? over ?? bareManifest(base));
  const renamed = renameDeployment(resumeTaken(facts), active, held.id, {
    ...deployment,
    sameAs: facts.running?.deploymentId ?? held.id,
  });
  const state = putOnTrial(renamed, inactive, { deployment, active, reason: trialReason(active) });
  // A cut after the pair leaves records of other ids than the slots have: the boot, or the next command, puts that right.
  return {
    writes: [
      ...(manifest === null ? [] : [{ do: 'saveManifest', manifest } as const]),
      { do: 'savePair', pair },
      ...stateWrite(facts.state, state),
    ],
    state,
    changes: [`slot ${active} is locked at ${short(id)}`, `slot ${inactive} is the same, and may be changed`],
    notes: notesOn(facts.config, facts.pair, order),
  };
}

function makeSnapshot({ base, held, over }: TakeOrder, layer: Layer, { at, description }: TakeDetails): Manifest {
  return makeManifest({
    base: over?.base ?? { id: base.id, version: base.version },
    layers: stackLayer(over?.layers ?? [], layer),
    sameAs: held.id,
    parent: held.id,
    createdAt: at,
    description,
    packages: null,
  });
}

/** Both slots on one deployment, each with an upper that was never written to. */
function bothOn(pair: Pair, { active, inactive, base }: TakeOrder, id: string, { bootId, at }: TakeDetails): Pair {
  const lastUpper = pair.lastUpper + 1;
  const own = id === base.id ? null : id;
  const taken: Taken = {
    active,
    inactive,
    writable: inactive,
    before: pair.slots[active] ?? null,
    beforeUpper: pair.uppers[active] ?? null,
    bootId,
    at,
  };
  const both = [active, inactive].reduce((all, slot) => withDeployment(all, slot, own, lastUpper), pair);
  return { ...both, lastUpper, taken };
}

function notesOn({ persist }: Config, pair: Pair, { active, inactive }: TakeOrder): readonly string[] {
  const kept = persist.map(({ path }) => path);
  const except = kept.length === 0 ? '' : `, except below ${kept.join(', ')}`;
  return [
    `what this system writes from now on is gone after the next boot${except}: make changes in slot ${inactive}`,
    `'lifeboot snapshot cancel' before that boot loses nothing of it and gives slot ${active} back`,
    ...(Object.hasOwn(pair.slots, inactive) ? [`what slot ${inactive} held is given up`] : []),
  ];
}
