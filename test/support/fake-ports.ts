/**
 * A node in memory: the ports of the use cases, with counters for everything that touches the medium.
 *
 * `saves` and `locks` are what tests assert on: nothing is written when nothing changes.
 */
import type { BootInfo, LoadedConfig, Ports, StateStore, VerdictFile } from '../../src/app/ports.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { BootError } from '../../src/core/errors.ts';
import type { Setting } from '../../src/core/kernel-cmdline.ts';
import type { TendMemory } from '../../src/core/ladder/link.ts';
import type { NetworkPort, RescueSession } from '../../src/core/rescue/describe-rescue.ts';
import type { StateReading } from '../../src/core/state/reading.ts';
import { type BootState, EMPTY_SLOT, freshState, type SlotState } from '../../src/core/state/state.ts';
import { VERSION } from '../../src/core/version.ts';
import { fakeLayers } from './fake-layers.ts';
import { never, UNUSED_PORTS } from './unused-ports.ts';

export const BOOT_ID = '0123456789abcdef0123456789abcdef';
export const NOW = '2026-11-21T22:10:05Z';

export const CONFIG_TEXT = `
[node]
name = "W023"
[state]
device = "PARTLABEL=lifeboot-state"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
[upper]
kind = "persistent"
device = "PARTLABEL=system-data"
`;

/** A slot that proved itself with the deployment `id`. */
export function goodSlot(id: string, change: Partial<SlotState> = {}): SlotState {
  return {
    ...EMPTY_SLOT,
    health: 'good',
    deployment: { id, version: null },
    provenId: id,
    provenAt: '2026-11-20T08:00:00Z',
    proofLevel: 'loop',
    best: 'proven',
    ...change,
  };
}

/** A slot on trial that holds the deployment `id`. */
export function trialSlot(id: string, change: Partial<SlotState> = {}): SlotState {
  return { ...EMPTY_SLOT, deployment: { id, version: null }, ...change };
}

/** Slots a, b and r in that order: a proven, b on trial, r proven; laid over with `change`. */
export function someState(slots: Readonly<Record<string, SlotState>> = {}, change: Partial<BootState> = {}): BootState {
  const fresh = freshState(['a', 'b', 'r']);
  return {
    ...fresh,
    slots: { a: goodSlot('aaaa'), b: trialSlot('bbbb'), r: goodSlot('rrrr'), ...slots },
    ...change,
  };
}

export function bootInfo(change: Partial<BootInfo> = {}): BootInfo {
  return {
    bootId: BOOT_ID,
    slot: 'a',
    attempt: 1,
    mode: 'normal',
    deploymentId: 'aaaa',
    partuuid: null,
    serial: null,
    attemptSaved: true,
    degraded: [],
    trace: ['slot a is chosen: good, 0 of 5 attempts used'],
    timingsMs: { total: 40 },
    version: VERSION,
    ...change,
  };
}

/** `state` while `slot` runs: its attempt is counted and its verdict open. */
export function whileRunning(state: BootState, slot: string): BootState {
  const attempt = (state.slots[slot]?.attempts ?? 0) + 1;
  const boot = { bootId: BOOT_ID, slot, attempt, mode: 'normal' } as const;
  const record = { ...boot, outcome: 'running', reason: null, startedAt: NOW, proof: null, trace: [] } as const;
  return {
    ...state,
    slots: { ...state.slots, [slot]: { ...(state.slots[slot] ?? EMPTY_SLOT), attempts: attempt } },
    current: { ...boot, turn: 'order', alive: false },
    history: [...state.history, record],
  };
}

export interface FakeNode {
  readonly ports: Ports;
  /** What the medium holds. */
  readonly reading: () => StateReading;
  readonly state: () => BootState;
  /** Every state that was saved, in order. */
  readonly saves: readonly BootState[];
  /** How often the lock was taken. */
  readonly locks: () => number;
  readonly verdict: () => VerdictFile | null;
  /** Why rescue was asked to end. */
  readonly rescueEnd: () => string | null;
}

export interface FakeSetup {
  readonly reading?: StateReading;
  readonly state?: BootState;
  readonly config?: string;
  readonly info?: BootInfo | null;
  readonly verdict?: VerdictFile | null;
  /** What each root holds now; a root that is not named cannot be looked into. */
  readonly holds?: Readonly<Record<string, string>>;
  readonly isRoot?: boolean;
  readonly degraded?: readonly string[];
  /** Runs after the lock is taken and before the state is read: another command that was faster. */
  readonly onLock?: (write: (state: BootState) => void) => void;
  readonly saveFails?: boolean;
  /** What the initramfs's shell left; absent: not in rescue. */
  readonly rescue?: RescueSession;
  readonly networkPorts?: readonly NetworkPort[];
}

export function valid(state: BootState): StateReading {
  return { kind: 'valid', state, sequence: 1n, record: 0, note: null };
}

export function fakeNode(setup: FakeSetup = {}): FakeNode {
  let reading = setup.reading ?? valid(setup.state ?? someState());
  let verdict = setup.verdict ?? null;
  let tendMemory: TendMemory | null = null;
  let visit: number | null = null;
  let locks = 0;
  let rescueEnd: string | null = null;
  const saves: BootState[] = [];
  const store: StateStore = {
    place: 'PARTLABEL=lifeboot-state',
    read: () => reading,
    save(state) {
      if (setup.saveFails === true) throw new BootError('STATE_IO', "cannot write boot state '/dev/x'");
      saves.push(state);
      reading = valid(state);
    },
  };
  const prepare = (): boolean => {
    if (reading.kind !== 'absent') return false;
    reading = { kind: 'blank', why: 'just made' };
    return true;
  };
  const path = '/etc/lifeboot/lifeboot.toml';
  const load = (fromState: readonly Setting[] = []): LoadedConfig => ({
    path,
    ...parseConfig(setup.config ?? CONFIG_TEXT, path, fromState),
  });
  const ports: Ports = {
    ...UNUSED_PORTS,
    config: { load },
    openState: () => store,
    prepareState: () => prepare(),
    run: {
      readBootInfo: () => setup.info ?? null,
      writeBootInfo: () => never('writeBootInfo'),
      writeInit: () => never('writeInit'),
      readVerdict: () => verdict,
      writeVerdict: (written) => {
        verdict = written;
      },
      readTend: () => tendMemory,
      writeTend: (written) => {
        tendMemory = written;
      },
      readVisit: () => visit,
      writeVisit: (uptime) => {
        visit = uptime;
      },
      degraded: () => setup.degraded ?? [],
    },
    rescue: {
      ...UNUSED_PORTS.rescue,
      session: () => setup.rescue ?? null,
      networkPorts: () => setup.networkPorts ?? [],
      end: (reason) => {
        rescueEnd = reason;
      },
    },
    machine: { ...UNUSED_PORTS.machine, bootId: () => BOOT_ID, now: () => NOW, isRoot: () => setup.isRoot ?? true },
    lock: {
      hold(work) {
        locks += 1;
        setup.onLock?.((state) => {
          reading = valid(state);
        });
        return work();
      },
    },
    // A node whose slots have no layers.
    layers: fakeLayers().store,
    layersLock: { hold: (work) => work() },
    inspectBase({ root }) {
      const id = setup.holds?.[root];
      if (id === undefined) throw new BootError('ABSENT', `no device '${root}'`);
      const device = { device: '/dev/x', partuuid: null, serial: null, removable: false };
      return { deployment: { id, version: null }, ...device, notes: [] };
    },
  };
  const state = (): BootState => {
    if (reading.kind !== 'valid') throw new Error(`the state is ${reading.kind}`);
    return reading.state;
  };
  return {
    ports,
    reading: () => reading,
    state,
    saves,
    locks: () => locks,
    verdict: () => verdict,
    rescueEnd: () => rescueEnd,
  };
}
