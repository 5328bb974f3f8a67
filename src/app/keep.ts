/**
 * `lifeboot keep`: what runs, or what a slot holds, becomes a kept snapshot.
 *
 * Effects in this order: 1 a mount namespace of its own, 2 the lock of the layers, 3 what the running system has changed is
 * packed, 4 under the lock of the boot state the plan's writes. What a cut leaves before the snapshot's own file is
 * garbage; without the last write no boot falls back to the snapshot, and `switch` still knows it.
 */
import type { PackageManager } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { SlotName } from '../core/slot.ts';
import { bareManifest, type Layer, type Manifest, type PackageCounts, recordOf } from '../core/store/deployment.ts';
import { completeKeep, type KeepFacts, type KeepOrder, planKeep } from '../core/store/keep-snapshot.ts';
import { comparePackages, countChanges, describeCounts } from '../core/store/packages.ts';
import { refused } from '../core/store/pair-plan.ts';
import type { Snapshot } from '../core/store/snapshot.ts';
import { isPassing } from '../core/store/staged-changes.ts';
import { holdLayers, notesOf, performPlan } from './carry-out-pair.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import { type Gathered, gatherPair, readManifests, readPairState } from './pair-facts.ts';
import type { OnStep, Ports, UpperFacts } from './ports.ts';

export interface KeepRequest
  extends Pick<Snapshot, 'type' | 'preNumber' | 'description' | 'userData' | 'cleanup' | 'pinned'> {
  /** null: what runs. */
  readonly of: SlotName | null;
  /** Only where the configuration asks for it; null: in any case. */
  readonly hook: PackageManager | null;
  readonly dryRun: boolean;
}

export interface Kept extends Edited {
  /** null: a dry run, or not asked for. */
  readonly number: number | null;
}

interface Prepared {
  readonly gathered: Gathered;
  readonly facts: KeepFacts;
  readonly order: KeepOrder;
  readonly upper: UpperFacts | null;
}

/** @throws BootError REFUSED, USAGE, BUSY, UNAVAILABLE, BAD_DATA, CONTENT, IO, and those of configuration and state */
export function keepSnapshot(ports: Ports, request: KeepRequest, say: OnStep): Kept {
  const loaded = loadSoundConfig(ports);
  if (request.hook !== null && !loaded.config.snapshots.hooks[request.hook]) return unwanted(request.hook);
  const prepare = (): Prepared => {
    const gathered = gatherPair(ports, loaded);
    const facts = gatherKept(ports, gathered);
    const order = planKeep(facts, request.of);
    return { gathered, facts, order, upper: findUpper(ports, order) };
  };
  if (request.dryRun) return foresee(prepare());
  ports.layers.ownMounts();
  return holdLayers(ports, () => {
    const prepared = prepare();
    const { gathered, facts, order } = prepared;
    const same = sameAsPre(ports, prepared, request);
    const layer = same === null ? sealRunning(ports, prepared, say) : null;
    const packages = layer === null ? NOT_COUNTED : countPackages(ports, prepared, request);
    const details = { ...detailsOf(ports, request), ...packages };
    return ports.lock.hold(() => {
      // A proof may have been recorded meanwhile.
      const now = { ...facts, state: readPairState(ports, gathered.loaded.config) };
      const planned = planKeep(now, request.of);
      const plan = completeKeep(now, same === null ? planned : { ...planned, ...same }, layer, details);
      const made =
        same === null ? describeLayer(order, layer) : [`nothing has changed since snapshot ${request.preNumber}`];
      const told = { ...plan, changes: [...made, ...plan.changes, ...describePackages(packages)] };
      return { ...performPlan(ports, { ...gathered, facts: now }, told, false), number: plan.number };
    });
  });
}

/**
 * What a `pre` shows, where what runs shows the same but for logs, caches and locks: then the two are empty, and cost
 * nothing. A comparison that fails costs no snapshot.
 */
function sameAsPre(
  ports: Ports,
  prepared: Prepared,
  { preNumber }: KeepRequest,
): Pick<KeepOrder, 'held' | 'over'> | null {
  const { order, upper } = prepared;
  const [pre, runs] = [preNumber === null ? null : shownByPre(prepared, preNumber), shownBy(prepared, order.held.id)];
  if (pre === null || runs === null || upper === null) return null;
  const { slot } = order;
  try {
    const before = { slot, manifest: pre, isRunning: false, upper: null };
    const now = { slot, manifest: runs, isRunning: true, upper: upper.dir };
    const { files } = ports.layers.compare([before, now], { paths: [], content: false });
    const isSame = files.every(({ path }) => isPassing(path));
    return isSame ? { held: recordOf(pre), over: pre.layers.length === 0 ? null : pre } : null;
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    ports.log.warn(`cannot compare with snapshot ${preNumber}: ${describeError(error)}, ignoring`);
    return null;
  }
}

/** With the manifests of all kept snapshots that can be read. */
export function gatherKept(ports: Ports, { facts }: Gathered): KeepFacts {
  const { snapshots, numbers } = ports.layers.readSnapshots();
  const ids = Object.fromEntries(snapshots.map(({ number, deployment }) => [String(number), deployment]));
  const { manifests } = readManifests(ports, { ...facts.pair, slots: { ...ids, ...facts.pair.slots } });
  return { ...facts, manifests, snapshots, numbers };
}

/** @throws BootError REFUSED */
function findUpper({ layers }: Ports, { upper }: KeepOrder): UpperFacts | null {
  if (upper === null) return null;
  const found = layers.findUpper(upper.slot, upper.key);
  if (found !== null) return found;
  throw refused(
    `what slot '${upper.slot}' has changed is not kept in this boot`,
    "'lifeboot status' says why; reboot when that is in order",
  );
}

function sealRunning(ports: Ports, { order, upper }: Prepared, say: OnStep): Layer | null {
  if (upper === null) return null;
  const { slot, over } = order;
  const own = order.own.map((path) => ({ path, from: path }));
  return ports.layers.seal({ upper: upper.dir, slot, over, isLive: true, form: null, own }, say);
}

interface Counted {
  readonly packages: PackageCounts | null;
  readonly packagesOver: string | null;
}

const NOT_COUNTED: Counted = { packages: null, packagesOver: null };

/** Against what runs without its changes; of a `post`, against its `pre`. A count that fails costs no snapshot. */
function countPackages(ports: Ports, prepared: Prepared, { preNumber }: KeepRequest): Counted {
  const { layers } = ports;
  const over = preNumber === null ? shownBy(prepared, prepared.order.held.id) : shownByPre(prepared, preNumber);
  if (over === null) return NOT_COUNTED;
  try {
    const now = layers.packagesIn('/');
    const before = now && layers.withView(prepared.order.slot, over, (root) => layers.packagesIn(root));
    if (now === null || before === null) return NOT_COUNTED;
    return { packages: countChanges(comparePackages(before, now)), packagesOver: over.id };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    ports.log.warn(`cannot count the packages: ${describeError(error)}, ignoring`);
    return NOT_COUNTED;
  }
}

function shownByPre(prepared: Prepared, preNumber: number): Manifest | null {
  const pre = prepared.facts.snapshots.find(({ number }) => number === preNumber);
  return pre === undefined ? null : shownBy(prepared, pre.deployment);
}

function shownBy({ facts, order }: Prepared, id: string): Manifest | null {
  const base = facts.bases[order.slot];
  return base?.id === id ? bareManifest(base) : (facts.manifests[id] ?? null);
}

function detailsOf(ports: Ports, request: KeepRequest) {
  const { type, preNumber, description, userData, cleanup, pinned } = request;
  return { at: ports.machine.now(), type, preNumber, description, userData, cleanup, pinned };
}

function describeLayer({ slot, upper }: KeepOrder, layer: Layer | null): readonly string[] {
  if (upper === null) return [`kept is what slot ${slot} holds, without what was written to it`];
  if (layer === null) return [`slot ${upper.slot} has changed nothing, so no layer is made`];
  return [
    `what slot ${upper.slot} has changed is layer ${layer.digest.slice(0, 12)} (${formatBytes(layer.sizeBytes)})`,
  ];
}

function describePackages({ packages }: Counted): readonly string[] {
  return packages === null ? [] : [describeCounts(packages)];
}

function unwanted(hook: PackageManager): Kept {
  const notes = [`[snapshots] ${hook} = true would keep it`];
  return { changed: false, dryRun: false, changes: [], notes, next: 'as before', number: null };
}

function foresee({ gathered, facts, order, upper }: Prepared): Kept {
  const size =
    upper === null || upper.entries === 0 ? null : `${upper.entries} entries, ${formatBytes(upper.sizeBytes)}`;
  const changes = [
    ...(size === null ? [] : [`pack what slot ${order.upper?.slot ?? order.slot} has changed (${size}) into a layer`]),
    'keep it as a snapshot',
  ];
  const plan = { writes: [], state: facts.state, changes, notes: [] };
  const next = nextInWords(gathered.loaded, facts.state);
  return { changed: true, dryRun: true, changes, notes: notesOf(gathered, plan), next, number: null };
}
