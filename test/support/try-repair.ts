/** `lifeboot repair` on a fake node, with what was done to the slot and what was recorded at each step. */
import type { BootState, SlotState } from '../../src/core/state/state.ts';
import { type Ran, runLine } from './fake-io.ts';
import { type FakeLayers, type FakeLayersSetup, fakeLayers } from './fake-layers.ts';
import { bootInfo, type FakeSetup, fakeNode } from './fake-ports.ts';
import { fakeRepairs, type RepairSetup } from './fake-repairs.ts';

export interface Tried extends Ran {
  readonly steps: readonly string[];
  /** The health of slot b as it was on the medium when each step began. */
  readonly healths: readonly string[];
  readonly layers: FakeLayers;
}

/** What each device holds after it was written. */
export const HOLDS = { '/dev/vda3': 'b-new', '/dev/vda2': 'aaaa' };

export function attempt(
  line: string,
  repair: RepairSetup = {},
  setup: FakeSetup = {},
  isTerminal = false,
  stored: FakeLayersSetup = {},
): Tried {
  const node = fakeNode({ info: bootInfo(), holds: HOLDS, ...setup });
  const [steps, healths]: [string[], string[]] = [[], []];
  const onStep = (step: string): void => void healths.push(`${step}: ${node.state().slots['b']?.health}`);
  const repairs = fakeRepairs({ onStep, ...repair }, steps);
  const lock = { hold: <T>(work: () => T): T => work() };
  const layers = fakeLayers(stored);
  const ports = { ...node.ports, repairs, repairLock: lock, layersLock: lock, layers: layers.store };
  const ran = runLine(line, { ...node, ports }, { isTerminal });
  return { ...ran, steps, healths, layers };
}

export function slotB(state: BootState): SlotState | undefined {
  return state.slots['b'];
}

export const damaged: RepairSetup = {
  facts: { init: { path: '/sbin/init', trouble: { kind: 'content', why: 'no init in the root' } } },
};
export const withErrors: RepairSetup = {
  facts: { check: { program: 'e2fsck', outcome: 'errors', said: 'inode 142' } },
};
