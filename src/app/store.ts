/**
 * `lifeboot store clean` and `store compact`: makes room, without a change of what any slot shows.
 *
 * Effects in this order: 1 a mount namespace of its own, 2 the lock of the layers, 3 chains become single layers, 4 for each,
 * under the lock of the boot state, the plan's writes, 5 what nothing needs is deleted. What a cut leaves is either garbage,
 * or a slot that has its new layer; a boot gives its record the new name.
 */
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { SlotName } from '../core/slot.ts';
import type { Layer } from '../core/store/deployment.ts';
import { type Chain, type CompactFacts, chooseChains, planCompact } from '../core/store/plan-compact.ts';
import { holdLayers, performPlan } from './carry-out-pair.ts';
import { readWholeState } from './change-state.ts';
import { collectGarbage, listGarbage } from './collect-garbage.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import { type Gathered, gatherPair, readManifests, readPairState } from './pair-facts.ts';
import type { LoadedConfig, OnStep, Ports } from './ports.ts';

/** @throws BootError BUSY, UNAVAILABLE, BAD_DATA, IO, CONFIG, and those of the state */
export function cleanStore(ports: Ports, { dryRun }: { readonly dryRun: boolean }): Edited {
  const loaded = loadSoundConfig(ports);
  const work = (): Edited => {
    const garbage = listGarbage(ports, loaded.config);
    if (!dryRun) collectGarbage(ports, loaded.config);
    return {
      changed: garbage.length > 0,
      dryRun,
      changes: garbage.map((line) => `${dryRun ? 'delete' : 'deleted'} ${line}`),
      notes: [],
      next: nextInWords(loaded, readWholeState(ports, loaded.config)),
    };
  };
  return dryRun ? work() : holdLayers(ports, work);
}

export interface CompactRequest {
  /** A slot, or a snapshot as `s12`; null: every slot. */
  readonly name: SlotName | null;
  /** Snapshots, too. */
  readonly isAll: boolean;
  readonly dryRun: boolean;
}

/** @throws BootError USAGE, REFUSED for a locked slot or without room, and as {@link cleanStore}, CONTENT, ABSENT */
export function compactStore(ports: Ports, request: CompactRequest, say: OnStep): Edited {
  const loaded = loadSoundConfig(ports);
  if (request.dryRun) return foresee(ports, loaded, request);
  ports.layers.ownMounts();
  return holdLayers(ports, () => {
    const { chains, notes } = chooseChains(gather(ports, loaded).facts, request);
    const merged = chains.map((chain) => compactChain(ports, loaded, chain, say));
    collectGarbage(ports, loaded.config);
    return {
      changed: merged.length > 0,
      dryRun: false,
      changes: merged.flatMap(({ changes }) => changes),
      notes: [...notes, ...new Set(merged.flatMap((each) => each.notes))],
      next: nextInWords(loaded, readWholeState(ports, loaded.config)),
    };
  });
}

/** A proof may be recorded while layers are merged, so the state is read when that is done. */
function compactChain(ports: Ports, loaded: LoadedConfig, chain: Chain, say: OnStep): Edited {
  say(`${chain.name}: ${describeChain(chain)}`);
  const layer: Layer | null = ports.layers.flatten(chain.manifest, chain.baseSlot, say);
  return ports.lock.hold(() => {
    const gathered = gather(ports, loaded);
    const state = readPairState(ports, gathered.loaded.config);
    const facts = { ...gathered.facts, state };
    if (layer === null) return performPlan(ports, gathered, { writes: [], state, changes: [], notes: [] }, false);
    return performPlan(ports, { ...gathered, facts }, planCompact(facts, chain, layer), false);
  });
}

function describeChain({ manifest: { layers } }: Chain): string {
  const bytes = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${layers.length} layers (${formatBytes(bytes)}) become one`;
}

function foresee(ports: Ports, loaded: LoadedConfig, request: CompactRequest): Edited {
  const { facts } = gather(ports, loaded);
  const { chains, notes } = chooseChains(facts, request);
  return {
    changed: chains.length > 0,
    dryRun: true,
    changes: chains.map((chain) => `${chain.name}: ${describeChain(chain)}`),
    notes,
    next: nextInWords(loaded, facts.state),
  };
}

function gather(ports: Ports, loaded: LoadedConfig): Gathered & { readonly facts: CompactFacts } {
  const gathered = gatherPair(ports, loaded);
  const { snapshots } = ports.layers.readSnapshots();
  const slots = Object.fromEntries(snapshots.map(({ number, deployment }) => [`s${number}`, deployment]));
  const kept = readManifests(ports, { ...gathered.facts.pair, slots, taken: null });
  const manifests = { ...kept.manifests, ...gathered.facts.manifests };
  return { ...gathered, facts: { ...gathered.facts, manifests, snapshots } };
}
