/**
 * `lifeboot diff`, `undo` and `packages`: what deployments hold, booted or not.
 *
 * Effects: mounts what is looked at in a mount namespace of its own; `undo` changes the running root, and nothing else.
 */
import { BootError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import { bareManifest, type Manifest, recordOf } from '../core/store/deployment.ts';
import { type KeepFacts, whatRuns } from '../core/store/keep-snapshot.ts';
import { heldBy } from '../core/store/pair-facts.ts';
import type { FileChange } from '../core/store/root-diff.ts';
import { snapshotNumber } from '../core/store/snapshot-name.ts';
import { holdLayers } from './carry-out-pair.ts';
import { gatherKept } from './keep.ts';
import { gatherPair } from './pair-facts.ts';
import type { Ports, RootDiff, RootSide } from './ports.ts';

/** What a slot that is not configured under this name means: the mounted system. */
export const RUNNING = 'running';

/** A deployment, as a report names it. */
export interface ShownDeployment {
  readonly name: string;
  /** null: not known. */
  readonly id: string | null;
  readonly version: string | null;
}

export interface DiffReport extends RootDiff {
  readonly from: ShownDeployment;
  readonly to: ShownDeployment;
}

export interface DiffRequest {
  readonly from: SlotName;
  readonly to: SlotName;
  readonly paths: readonly string[];
  readonly content: boolean;
}

/** @throws BootError USAGE, UNAVAILABLE, BAD_DATA, ABSENT, CONTENT, IO */
export function diffDeployments(ports: Ports, request: DiffRequest): DiffReport {
  ports.layers.ownMounts();
  const facts = gatherAll(ports);
  const [from, to] = [sideOf(ports, facts, request.from), sideOf(ports, facts, request.to)];
  const paths = request.paths.map(toBytes);
  const content = request.content || paths.length > 0;
  return {
    from: showSide(request.from, from),
    to: showSide(request.to, to),
    ...ports.layers.compare([from, to], { paths, content }),
  };
}

export interface UndoOrder {
  readonly from: SlotName;
  readonly to: SlotName;
  readonly paths: readonly string[];
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** @returns what is undone, or would be. @throws BootError as {@link diffDeployments}, and REFUSED, BUSY */
export function undoChanges(ports: Ports, request: UndoOrder): readonly FileChange[] {
  const { force, dryRun } = request;
  ports.layers.ownMounts();
  const work = (): readonly FileChange[] => {
    const facts = gatherAll(ports);
    const sides = [sideOf(ports, facts, request.from), sideOf(ports, facts, request.to)] as const;
    return ports.layers.undo(sides, { paths: request.paths.map(toBytes), force, dryRun });
  };
  return dryRun ? work() : holdLayers(ports, work);
}

export interface PackageList extends ShownDeployment {
  /** By name. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/** @throws BootError as {@link diffDeployments}; UNAVAILABLE where no package manager is known */
export function listPackages(ports: Ports, of: SlotName): PackageList {
  const { layers } = ports;
  layers.ownMounts();
  const side = sideOf(ports, gatherAll(ports), of);
  const { slot, manifest, isRunning } = side;
  const found =
    isRunning || manifest === null
      ? layers.packagesIn('/')
      : layers.withView(slot, manifest, (root) => layers.packagesIn(root));
  if (found === null) {
    throw new BootError('UNAVAILABLE', `'${of}' has no package database that is known`, {
      hint: "dpkg's and rpm's are",
    });
  }
  const packages = [...found].map(([name, version]) => ({ name, version }));
  return { ...showSide(of, side), packages: packages.sort((one, other) => (one.name < other.name ? -1 : 1)) };
}

function gatherAll(ports: Ports): KeepFacts {
  return gatherKept(ports, gatherPair(ports, ports.config.load()));
}

/** Names are text on a command line, and bytes on a file system. */
function toBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}

function sideOf(ports: Ports, facts: KeepFacts, name: SlotName): RootSide {
  if (name === RUNNING && !Object.hasOwn(facts.config.slots, RUNNING)) return runningSide(ports, facts);
  const number = snapshotNumber(name);
  if (number === null) return { ...ofSlot(facts, name), isRunning: false, upper: null };
  const snapshot = facts.snapshots.find((each) => each.number === number);
  if (snapshot === undefined) {
    throw new BootError('USAGE', `there is no snapshot ${number}`, { hint: "'lifeboot snapshot list' shows them" });
  }
  const manifest = requireManifest(facts, snapshot.slot, snapshot.deployment);
  return { slot: snapshot.slot, manifest, isRunning: false, upper: null };
}

function ofSlot(facts: KeepFacts, slot: SlotName): Pick<RootSide, 'slot' | 'manifest'> {
  if (facts.config.slots[slot] === undefined || !Object.hasOwn(facts.config.slots, slot)) {
    const slots = Object.keys(facts.config.slots).join(', ');
    throw new BootError('USAGE', `there is no slot '${slot}'`, {
      hint: `name a slot (${slots}), the number of a snapshot, or ${RUNNING}`,
    });
  }
  const held = heldBy(facts, slot);
  if (held !== null) return { slot, manifest: requireManifest(facts, slot, held.id) };
  throw new BootError('UNAVAILABLE', `slot '${slot}' cannot be looked into`, {
    hint: "'lifeboot doctor' examines the devices",
  });
}

function requireManifest({ manifests, bases }: KeepFacts, slot: SlotName, id: string): Manifest {
  const base = bases[slot];
  const manifest = base?.id === id ? bareManifest(base) : manifests[id];
  if (manifest !== undefined) return manifest;
  throw new BootError('BAD_DATA', `the manifest of deployment '${id.slice(0, 12)}' is missing from the store`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

/** Where it is known what runs, and what it writes to, only that is looked at. */
function runningSide({ layers }: Ports, facts: KeepFacts): RootSide {
  const { running, config } = facts;
  const unknown: RootSide = { slot: running?.slot ?? '', manifest: null, isRunning: true, upper: null };
  const role = running === null ? undefined : config.slots[running.slot]?.role;
  if (running === null || running.mode !== 'normal' || (role !== 'normal' && role !== 'snapshot')) return unknown;
  const { slot, id, key } = whatRuns(facts, running);
  const manifest = running.deploymentId === id ? requireManifest(facts, slot, id) : null;
  const upper = layers.findUpper(running.slot, key);
  return manifest === null || upper === null ? unknown : { slot, manifest, isRunning: true, upper: upper.dir };
}

function showSide(name: SlotName, { manifest }: RootSide): ShownDeployment {
  const number = snapshotNumber(name);
  const shown = number === null ? (name === RUNNING ? RUNNING : `slot ${name}`) : `snapshot ${number}`;
  return { name: shown, id: manifest?.id ?? null, version: manifest === null ? null : recordOf(manifest).version };
}
