/**
 * `store compact`: a chain of layers becomes one layer, and whoever had the chain has that.
 *
 * Pure, in two parts, because merging lies between them. Invariant: what a slot shows does not change, so its health, its
 * proof and its upper stay: the pair names the old upper by its whole key, and the manifest says what it is the same as,
 * by which a boot after a cut renames the record. The two slots of a snapshot in progress are left as they are: the id of
 * one proves its lock, and cancelling gives them names that they had.
 */
import { BootError } from '../errors.ts';
import type { SlotName } from '../slot.ts';
import type { Deployment } from '../state/state.ts';
import { type Layer, type Manifest, makeManifest, recordOf } from './deployment.ts';
import { upperKey, withDeployment } from './pair.ts';
import { type PairFacts, takenNow } from './pair-facts.ts';
import { type PairPlan, type PairWrite, refused, resumeTaken, short, stateWrite } from './pair-plan.ts';
import { renameDeployment } from './pair-records.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotNumber, snapshotSlot } from './snapshot-name.ts';

/** A chain that is worth merging. */
export interface Chain {
  /** A slot, or a snapshot as `s12`. */
  readonly name: SlotName;
  /** Where its base is. */
  readonly baseSlot: SlotName;
  readonly manifest: Manifest;
  readonly snapshot: Snapshot | null;
}

export interface CompactFacts extends PairFacts {
  readonly snapshots: readonly Snapshot[];
}

export interface CompactChoice {
  /** One; null: every slot. */
  readonly name: SlotName | null;
  /** Snapshots, too. */
  readonly isAll: boolean;
}

/** @throws BootError USAGE for an unknown name, REFUSED for a slot that is named and has a part in a snapshot */
export function chooseChains(
  facts: CompactFacts,
  { name, isAll }: CompactChoice,
): { readonly chains: readonly Chain[]; readonly notes: readonly string[] } {
  const held = [...slotChains(facts), ...snapshotChains(facts)];
  if (name !== null) {
    requireKnown(facts, name);
    requireFree(facts, name);
    const chains = held.filter((chain) => chain.name === name);
    return { chains, notes: chains.length > 0 ? [] : [`${name} has no chain of layers`] };
  }
  const wanted = held.filter((chain) => isAll || chain.snapshot === null);
  const left = wanted.filter((chain) => isTaken(facts, chain.name));
  const notes = left.map((chain) => `slot ${chain.name} has a part in a snapshot and stays as it is`);
  return { chains: wanted.filter((chain) => !left.includes(chain)), notes };
}

function isTaken(facts: PairFacts, name: SlotName): boolean {
  const taken = takenNow(facts);
  return taken?.active === name || taken?.inactive === name;
}

function requireFree(facts: PairFacts, name: SlotName): void {
  if (!isTaken(facts, name)) return;
  throw refused(
    `slot '${name}' has a part in a snapshot that has not ended`,
    `it ends when slot ${facts.pair.taken?.inactive} has proven itself, or by 'lifeboot snapshot cancel'`,
  );
}

function requireKnown({ config, snapshots }: CompactFacts, name: SlotName): void {
  const number = snapshotNumber(name);
  if (Object.hasOwn(config.slots, name) || snapshots.some((each) => each.number === number)) return;
  throw new BootError('USAGE', `there is no slot or snapshot '${name}'`, {
    hint: "'lifeboot snapshot list' shows what is there",
  });
}

function slotChains({ pair, manifests }: CompactFacts): readonly Chain[] {
  return Object.entries(pair.slots).flatMap(([name, id]) =>
    chainOf(manifests[id], { name, baseSlot: name, snapshot: null }),
  );
}

function snapshotChains({ snapshots, manifests }: CompactFacts): readonly Chain[] {
  return snapshots.flatMap((snapshot) => {
    const name = snapshotSlot(snapshot.number);
    return chainOf(manifests[snapshot.deployment], { name, baseSlot: snapshot.slot, snapshot });
  });
}

function chainOf(manifest: Manifest | undefined, rest: Omit<Chain, 'manifest'>): readonly Chain[] {
  return manifest === undefined || manifest.layers.length < 2 ? [] : [{ ...rest, manifest }];
}

/** @param layer what shows the same as the whole chain */
export function planCompact(facts: PairFacts, chain: Chain, layer: Layer): PairPlan {
  const { name, manifest } = chain;
  const made = makeManifest({ ...manifest, layers: [layer], sameAs: manifest.id });
  const ran = facts.running?.slot === name ? facts.running.deploymentId : null;
  const deployment: Deployment = { ...recordOf(made), ...(ran === null ? {} : { sameAs: ran }) };
  const state = renameDeployment(resumeTaken(facts), name, manifest.id, deployment);
  return {
    writes: [
      { do: 'saveManifest', manifest: made },
      holderWrite(facts, chain, made.id),
      ...stateWrite(facts.state, state),
    ],
    state,
    changes: [`${manifest.layers.length} layers of ${name} are one (${short(made.id)})`],
    notes: ran === null ? [] : [`slot ${name} runs: its next boot has the one layer`],
  };
}

function holderWrite({ pair }: PairFacts, { name, snapshot, manifest }: Chain, id: string): PairWrite {
  if (snapshot !== null) {
    return { do: 'saveSnapshot', snapshot: { upper: snapshot.deployment, ...snapshot, deployment: id } };
  }
  // A snapshot that the slot had a part in has ended, which a cut could not be told from one that has not.
  const isOver = pair.taken?.active === name || pair.taken?.inactive === name;
  const merged = withDeployment(pair, name, id, upperKey(pair, name, manifest.id));
  return { do: 'savePair', pair: { ...merged, taken: isOver ? null : pair.taken } };
}
