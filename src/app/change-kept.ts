/**
 * `pin`, `unpin`, `snapshot delete NUMBER` and `cleanup`: kept snapshots are protected, or given up.
 *
 * Effects in this order: 1 the lock of the layers, 2 the lock of the boot state, 3 what the plan writes, 4 what nothing
 * needs any more is deleted. A cut anywhere leaves less to be deleted by the next collection.
 */
import type { SlotName } from '../core/slot.ts';
import { deleteAll, planDeleteKept, planPin, whyNeeded } from '../core/store/change-snapshots.ts';
import type { Layer } from '../core/store/deployment.ts';
import type { StorePlan } from '../core/store/pair-plan.ts';
import { selectCleanup } from '../core/store/select-cleanup.ts';
import type { Snapshot } from '../core/store/snapshot.ts';
import { newestProven, renewProofs } from '../core/store/snapshot-proofs.ts';
import { holdLayers, performPlan } from './carry-out-pair.ts';
import { collectGarbage, listGarbage } from './collect-garbage.ts';
import { type Edited, loadSoundConfig } from './edit-state.ts';
import { type Gathered, gatherPair, readManifests } from './pair-facts.ts';
import type { Ports } from './ports.ts';

export interface ByNumber {
  readonly numbers: readonly number[];
  readonly dryRun: boolean;
}

/** @throws BootError USAGE, BUSY, UNAVAILABLE, IO, and those of configuration and state */
export function pinSnapshots(ports: Ports, { numbers, dryRun }: ByNumber, pinned: boolean): Edited {
  return changeKept(ports, dryRun, (facts) => planPin(facts, numbers, pinned));
}

/** @throws BootError as {@link pinSnapshots}, and REFUSED for one that is needed */
export function deleteSnapshots(ports: Ports, { numbers, dryRun }: ByNumber): Edited {
  return changeKept(ports, dryRun, (facts) => planDeleteKept(facts, numbers));
}

/** @throws BootError as {@link pinSnapshots} */
export function cleanUp(ports: Ports, { dryRun }: { readonly dryRun: boolean }): Edited {
  return changeKept(ports, dryRun, (facts) => {
    const plan = planCleanup(ports, facts);
    const garbage = dryRun ? listGarbage(ports, facts.gathered.loaded.config) : [];
    return { ...plan, notes: [...plan.notes, ...garbage.map((line) => `no longer needed: ${line}`)] };
  });
}

interface Facts {
  readonly gathered: Gathered;
  readonly state: Gathered['facts']['state'];
  readonly snapshots: readonly Snapshot[];
  readonly running: SlotName | null;
}

function changeKept(ports: Ports, dryRun: boolean, plan: (facts: Facts) => StorePlan): Edited {
  const loaded = loadSoundConfig(ports);
  const work = (): Edited => {
    const gathered = gatherPair(ports, loaded);
    const { snapshots, problems } = ports.layers.readSnapshots();
    const { state, running } = gathered.facts;
    const planned = plan({ gathered, state, snapshots, running: running?.slot ?? null });
    return performPlan(ports, gathered, { ...planned, notes: [...problems, ...planned.notes] }, dryRun);
  };
  if (dryRun) return work();
  return holdLayers(ports, () => {
    const done = ports.lock.hold(work);
    collectGarbage(ports, loaded.config);
    return done;
  });
}

function planCleanup(ports: Ports, { gathered, state, snapshots, running }: Facts): StorePlan {
  const { facts } = gathered;
  const ids = Object.fromEntries(snapshots.map(({ number, deployment }) => [String(number), deployment]));
  const { manifests } = readManifests(ports, { ...facts.pair, slots: { ...ids, ...facts.pair.slots } });
  const layersOf = (id: string): readonly Layer[] => manifests[id]?.layers ?? [];
  const inUse = [...Object.values(facts.pair.slots), facts.pair.taken?.before, facts.running?.deploymentId];
  const needed = snapshots.filter(({ number }) => whyNeeded({ state, snapshots, running }, number) !== null);
  const given = selectCleanup({
    limits: facts.config.snapshots,
    snapshots,
    protected: new Set([...needed.map(({ number }) => number), newestProven(state, snapshots) ?? 0]),
    now: ports.machine.now(),
    freeBytes: ports.layers.freeBytes(),
    layers: Object.fromEntries(snapshots.map(({ number, deployment }) => [number, layersOf(deployment)])),
    needed: new Set(inUse.flatMap((id) => (id == null ? [] : layersOf(id).map(({ digest }) => digest)))),
  });
  const plan = deleteAll(
    state,
    given.map(({ number }) => number),
  );
  const stay = snapshots.filter(({ number }) => given.every((each) => each.number !== number));
  const renewed = renewProofs(state, stay).map((snapshot) => ({ do: 'saveSnapshot', snapshot }) as const);
  const changes = given.map(({ number, why }) => `snapshot ${number} is deleted: ${why}`);
  return { ...plan, writes: [...renewed, ...plan.writes], changes };
}
