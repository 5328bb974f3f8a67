/** `lifeboot snapshot` on a node with two slots on one base and a store in memory. */
import { readFileSync } from 'node:fs';
import type { Ports } from '../../src/app/ports.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { deploymentId } from '../../src/core/store/deployment.ts';
import { checkSchema } from './check-schema.ts';
import { type Ran, runLine } from './fake-io.ts';
import { type FakeLayers, type FakeLayersSetup, fakeLayers } from './fake-layers.ts';
import { BOOT_ID, bootInfo, type FakeSetup, fakeNode, goodSlot, someState } from './fake-ports.ts';

export const BASE = sha256('the base of both slots');
export const OTHER = sha256('another base');
export const LAYER = sha256('hosts');
export const TAKEN_ID = deploymentId(BASE, [{ digest: LAYER }]);
export const CHANGED = { uppers: { [`a-${BASE}`]: { content: 'hosts' } } };

export interface Tried extends Ran {
  readonly layers: FakeLayers;
  /** The same node, later. */
  readonly then: (line: string, change?: Partial<FakeSetup> & { readonly layers?: FakeLayersSetup }) => Tried;
}

export const STATE = someState({
  a: goodSlot(BASE),
  b: goodSlot(BASE, { health: 'empty', provenId: null, provenAt: null }),
});
/** The running boot of slot a has proven itself. */
export const PROVEN: BootState = {
  ...STATE,
  history: [
    {
      ...({ bootId: BOOT_ID, slot: 'a', attempt: 1, mode: 'normal', outcome: 'proven', reason: null } as const),
      ...({ startedAt: null, proof: 'loop', trace: [] } as const),
    },
  ],
};
export const HOLDS = { 'PARTLABEL=root-a': BASE, 'PARTLABEL=root-b': BASE };

export function trySnapshot(
  line: string,
  setup: FakeSetup = {},
  stored: FakeLayersSetup = CHANGED,
  change: Partial<Ports> = {},
): Tried {
  const given = { info: bootInfo({ deploymentId: BASE }), state: STATE, holds: HOLDS, ...setup };
  const node = fakeNode(given);
  const layers = fakeLayers(stored);
  const ports = { ...node.ports, layers: layers.store, layersLock: { hold: <T>(work: () => T) => work() }, ...change };
  const ran = runLine(line, { ...node, ports });
  const then: Tried['then'] = (next, { layers: more, ...later } = {}) => {
    const content = {
      pair: layers.pair(),
      manifests: [...layers.manifests.values()],
      layers: [...layers.layers.values()],
      uppers: Object.fromEntries(layers.uppers),
      ...(stored.staged === undefined ? {} : { staged: stored.staged }),
      snapshots: [...layers.snapshots.values()],
    };
    return trySnapshot(next, { ...given, state: node.state(), ...later }, { ...content, ...more });
  };
  return { ...ran, layers, then };
}

/** As it reads without its line breaks. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

export function problems(name: string, { out }: Ran): string[] {
  const schema = readFileSync(new URL(`../../bootconfig/schema/${name}.schema.json`, import.meta.url), 'utf8');
  return checkSchema(JSON.parse(out), JSON.parse(schema));
}

export const LATER = { info: bootInfo({ deploymentId: TAKEN_ID }), bootId: 'f'.repeat(32) };

/** The node after a reboot. */
export function inNextBoot(tried: Tried, line: string, slot = 'a'): Tried {
  const pair = tried.layers.pair();
  const earlier = pair?.taken == null ? pair : { ...pair, taken: { ...pair.taken, bootId: LATER.bootId } };
  const info = bootInfo({ slot, deploymentId: pair?.slots[slot] ?? BASE });
  return tried.then(line, { info, layers: { pair: earlier } });
}
