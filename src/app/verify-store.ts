/**
 * `lifeboot store verify`: reads what the store has, all of it that something needs, and says what is damaged.
 *
 * Reads only. What cannot be read is part of the report, never an error.
 */
import { BootError, describeError } from '../core/errors.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { Manifest } from '../core/store/deployment.ts';
import { NO_PAIR } from '../core/store/pair.ts';
import type { RunningSystem } from '../core/store/pair-facts.ts';
import {
  type Damage,
  findNeeds,
  type LayerToRead,
  layersToRead,
  type Needs,
  type StoreReport,
} from '../core/store/verify-store.ts';
import { normalSlots, runningSystem } from './pair-facts.ts';
import type { OnStep, Ports } from './ports.ts';
import { readState } from './read-state.ts';

export interface VerifyRequest {
  /** Also what nothing needs. */
  readonly isAll: boolean;
}

/** @throws BootError IO when the store itself cannot be read */
export function verifyStore(ports: Ports, { isAll }: VerifyRequest, say: OnStep): StoreReport {
  const { config } = ports.config.load();
  const damaged: Damage[] = [];
  const pair = read(
    () => ports.layers.readPair() ?? NO_PAIR,
    NO_PAIR,
    (why) => damaged.push({ what: 'pair', name: 'pair.json', why, concerns: normalSlots(config) }),
  );
  const { snapshots, problems } = ports.layers.readSnapshots();
  damaged.push(...problems.map((why): Damage => ({ what: 'snapshot', name: 'snapshots', why, concerns: [] })));
  const needs = findNeeds(pair, snapshots, layeredSystem(ports));
  const { manifests, found } = readAllManifests(ports, needs, { isAll, bases: knownBases(ports) });
  damaged.push(...found);
  const layers = [...layersToRead(manifests, needs), ...(isAll ? unnamedLayers(ports, manifests) : [])];
  let bytes = 0;
  layers.forEach((layer, index) => {
    const size = layer.sizeBytes === null ? '' : ` (${formatBytes(layer.sizeBytes)})`;
    say(`reading layer ${index + 1} of ${layers.length}: ${layer.digest.slice(0, 12)}${size}`);
    const why = ports.layers.verifyLayer(layer);
    bytes += layer.sizeBytes ?? 0;
    if (why !== null) damaged.push({ what: 'layer', name: layer.digest, why, concerns: layer.concerns });
  });
  return { layers: layers.length, manifests: manifests.length, snapshots: snapshots.length, bytes, damaged };
}

/** What the running system shows: its base alone has no manifest. */
function layeredSystem(ports: Ports): RunningSystem | null {
  const running = runningSystem(ports);
  const isLayered = ports.layers.listManifests().includes(running?.deploymentId ?? '');
  return isLayered ? running : null;
}

/** Ids of bases that are known: a snapshot may be one without layers. */
function knownBases(ports: Ports): ReadonlySet<string> {
  const reading = readState(ports, ports.config.load().config);
  const slots = reading.kind === 'valid' ? Object.values(reading.state.slots) : [];
  return new Set(slots.flatMap(({ deployment }) => (deployment === null ? [] : [deployment.base ?? deployment.id])));
}

function readAllManifests(
  { layers }: Ports,
  needs: Needs,
  { isAll, bases }: { readonly isAll: boolean; readonly bases: ReadonlySet<string> },
): { readonly manifests: readonly Manifest[]; readonly found: readonly Damage[] } {
  const ids = new Set([...needs.keys(), ...(isAll ? layers.listManifests() : [])]);
  const found: Damage[] = [];
  const manifests = [...ids].flatMap((id) => {
    const damage = (why: string): void => {
      found.push({ what: 'manifest', name: id, why, concerns: needs.get(id) ?? [] });
    };
    const manifest = read(() => layers.readManifest(id), undefined, damage);
    if (manifest === null && !bases.has(id)) damage(`the manifest of deployment '${id.slice(0, 12)}' is missing`);
    return manifest == null ? [] : [manifest];
  });
  return { manifests, found };
}

function unnamedLayers({ layers }: Ports, manifests: readonly Manifest[]): readonly LayerToRead[] {
  const named = new Set(manifests.flatMap((manifest) => manifest.layers.map(({ digest }) => digest)));
  const others = layers.listLayers().filter(({ digest }) => !named.has(digest));
  return others.map(({ digest, form }) => ({ digest, form, sizeBytes: null, concerns: [] }));
}

function read<T, D>(work: () => T, instead: D, damage: (why: string) => void): T | D {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    damage(describeError(error));
    return instead;
  }
}
