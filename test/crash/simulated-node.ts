/**
 * The production ports on a simulated machine. Only what is no disk is made up: the clock, the tunnel, the local checks,
 * what the slots hold, and the kernel's overlay, whose upper directory stands for the root that is put together.
 */

import type { Ports, RootBuilder, StateStore } from '../../src/app/ports.ts';
import { BootError, type ErrorCode } from '../../src/core/errors.ts';
import type { CheckResult, TunnelSample } from '../../src/core/judge/sample.ts';
import type { BaseSource } from '../../src/core/root/base-source.ts';
import type { BootState } from '../../src/core/state/state.ts';
import type { FoundDevice } from '../../src/platform/root/find-device.ts';
import { makeRootBuilder } from '../../src/platform/root/root-builder.ts';
import { saveIdentity } from '../../src/platform/root/save-identity.ts';
import { makeRunFiles } from '../../src/platform/run-files.ts';
import { openConfiguredState, prepareConfiguredState } from '../../src/platform/state/open-state.ts';
import { readPair } from '../../src/platform/store/store-files.ts';
import { makeWriterLock } from '../../src/platform/writer-lock.ts';
import { on } from './disk/install.ts';
import { type Machine, WORLD } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';
import { CONFIGS, type Keeping } from './node-config.ts';
import { DATA, IMAGE_IDENTITY, makePlaces, NEW_ROOT, RUN, showDevices } from './simulated-places.ts';
import { SLOT_DEVICE, simulatedRepairs, slotId } from './simulated-repairs.ts';

export interface NodeOptions {
  readonly keeping: Keeping;
  readonly bootId: string;
  /** What each slot holds; `ROLE-1` by default. */
  readonly holds?: Readonly<Record<string, string>>;
  /** Steps that fail, as `METHOD SLOT`. */
  readonly fail?: Readonly<Record<string, ErrorCode>>;
  readonly sample?: TunnelSample;
  readonly checks?: readonly CheckResult[];
  readonly evidence?: string | null;
  /** With the data partition: uppers, persistent directories, identity. Else the root steps do nothing. */
  readonly withData?: boolean;
  /** Identity copies that the initramfs carries. */
  readonly imageIdentity?: Readonly<Record<string, string>>;
}

export interface SimulatedNode {
  readonly machine: Machine;
  readonly ports: Ports;
  /** Every state that was handed to `save`, in order. */
  readonly saves: BootState[];
  /** The roots that were entered. */
  readonly entered: string[];
  readonly rebooted: () => boolean;
  /** What the tunnel answers from now on. */
  readonly answer: (sample: TunnelSample) => void;
}

const NOW = '2027-01-21T12:00:00Z';

const findState =
  (keeping: Keeping) =>
  (_spec: string): string =>
    `${WORLD}/dev/${keeping}`;

/** The production store alone, for whoever only reads. */
export function openState(machine: Machine, keeping: Keeping): StateStore {
  showDevices(machine);
  simulatedCalls(machine).mkdirSync(RUN, { recursive: true });
  const options = { findDevice: findState(keeping), waitSeconds: 0, runDirectory: RUN };
  return openConfiguredState(CONFIGS[keeping].config, options);
}

const PROVEN: TunnelSample = { kind: 'proven', level: 'loop', notes: [] };

export function simulatedNode(machine: Machine, options: NodeOptions): SimulatedNode {
  const saves: BootState[] = [];
  const entered: string[] = [];
  let isRebooted = false;
  let clockMs = 0;
  let sample = options.sample ?? PROVEN;
  const loaded = CONFIGS[options.keeping];
  makePlaces(machine, options.imageIdentity);
  const findDevice = findState(options.keeping);
  const marked = (store: StateStore): StateStore => ({
    ...store,
    save(state) {
      saves.push(state);
      machine.mark(`saving ${saves.length}`);
      store.save(state);
      machine.mark(`saved ${saves.length}`);
    },
  });
  const run = makeRunFiles(RUN);
  const unknownPort = (name: string) =>
    new Proxy({}, { get: (_, method) => () => unexpected(`${name}.${String(method)}`) });
  const known = {
    config: { load: () => loaded },
    openState: () => marked(openConfiguredState(loaded.config, { findDevice, waitSeconds: 0, runDirectory: RUN })),
    prepareState: () => prepareConfiguredState(loaded.config, { findDevice, runDirectory: RUN }),
    run: {
      ...run,
      writeBootInfo(info: Parameters<typeof run.writeBootInfo>[0]) {
        machine.mark(`entering ${info.slot} ${info.bootId}`);
        entered.push(`${info.slot} ${info.mode}`);
        run.writeBootInfo(info);
      },
    },
    roots: rootBuilder(machine, options),
    lock: makeWriterLock(`${RUN}/lock`),
    repairLock: makeWriterLock(`${RUN}/repair.lock`),
    layersLock: makeWriterLock(`${RUN}/layers.lock`),
    layers: { readPair: () => readPair(`${DATA}/lifeboot`) },
    log: { info: () => undefined, warn: () => undefined },
    checks: { run: () => options.checks ?? [] },
    deadline: { postpone: () => undefined },
    heartbeat: { beat: () => undefined },
    rescue: { order: () => undefined, end: () => undefined, session: () => null, networkPorts: () => [] },
    tunnel: { sample: () => sample, setUp: () => [], running: () => null },
    services: { restart: () => undefined, restartRunning: () => undefined },
    repairs: simulatedRepairs(machine),
    machine: {
      bootId: () => options.bootId,
      now: () => NOW,
      clocks: () => ({ nowMs: Date.parse(NOW), rtcMs: null }),
      setClock: () => undefined,
      monotonicMs: () => clockMs,
      uptimeSeconds: () => 60 + clockMs / 1000,
      sleep: (ms: number) => {
        clockMs += Math.max(1, ms);
      },
      evidence: () => options.evidence ?? null,
      forgetEvidence: () => undefined,
      isRoot: () => true,
      rebootNow: () => {
        isRebooted = true;
      },
    },
    inspectBase: ({ root }: BaseSource) => {
      if (root === SLOT_DEVICE) return slotBase(machine, options);
      const [, slot = ''] = /-([abr])$|^LABEL=(r)/.exec(root) ?? [];
      return foundBase(slot === '' ? 'r' : slot, options);
    },
    saveIdentity: (files: readonly string[]) =>
      options.withData === true ? saveIdentity(files, { data: DATA, root: NEW_ROOT }) : [],
  };
  const ports = new Proxy(known as unknown as Ports, {
    get: (target, name) => Reflect.get(target, name) ?? unknownPort(String(name)),
  });
  const answer = (next: TunnelSample): void => {
    sample = next;
  };
  return { machine, ports, saves, entered, rebooted: () => isRebooted, answer };
}

function unexpected(what: string): never {
  throw new Error(`the simulated node has no ${what}`);
}

function foundBase(slot: string, { holds = {} }: NodeOptions) {
  const id = holds[slot] ?? `${slot}1`;
  const device = { device: `/dev/vd${slot}`, partuuid: `uuid-${slot}`, serial: 'S1', removable: false, notes: [] };
  return { deployment: { id, version: '1' }, ...device };
}

/** A slot that is on a simulated disk holds what is there. */
function slotBase(machine: Machine, options: NodeOptions) {
  return { ...foundBase('b', options), deployment: { id: slotId(machine), version: null } };
}

/** The production builder, but for what the kernel does: bases, overlay, and the look into the finished root. */
function rootBuilder(machine: Machine, options: NodeOptions): RootBuilder {
  const device = {
    type: 'ext4',
    uuid: null,
    label: null,
    partlabel: null,
    partuuid: null,
    removable: false,
    notes: [],
  };
  const find = (): FoundDevice => ({ ...device, path: `${WORLD}/dev/data` }) as unknown as FoundDevice;
  const real = makeRootBuilder({
    ...{ runDir: RUN, newRoot: NEW_ROOT, imageIdentity: IMAGE_IDENTITY, procSys: `${WORLD}/proc/sys`, arch: 'x64' },
    find,
  });
  let slot = '';
  let kept = '';
  const step = <T>(method: string, work: () => T): T => {
    const code = options.fail?.[`${method} ${slot}`];
    if (code !== undefined) throw new BootError(code, `${method} broke`);
    return work();
  };
  const withData = options.withData === true;
  const builder: Partial<RootBuilder> = {
    mountBase(request) {
      slot = request.slot;
      return step('mountBase', () => foundBase(slot, options));
    },
    mountLayers: (request) =>
      step('mountLayers', () =>
        withData ? real.mountLayers(request) : { stack: { deployment: request.base, sameAs: null }, degraded: [] },
      ),
    resetData: (request) => real.resetData(request),
    mountUpper(request) {
      kept = `${DATA}/lifeboot/upper/${request.upperId}/upper`;
      return step('mountUpper', () => (withData ? real.mountUpper(request) : []));
    },
    assemble: () =>
      step('assemble', () => {
        if (withData) bindUpper(machine, kept);
        return [];
      }),
    bindPersistent: (paths) => step('bindPersistent', () => (withData ? real.bindPersistent(paths) : [])),
    placeIdentity: (files) => step('placeIdentity', () => (withData ? real.placeIdentity(files) : [])),
    check: () => step('check', () => '/sbin/init'),
    setDeadline: () => step('setDeadline', () => []),
    bringIdentity: () => [],
    release: () => real.release(),
  };
  return builder as RootBuilder;
}

/** The upper that was made ready, in memory or kept. */
function bindUpper(machine: Machine, kept: string): void {
  const calls = simulatedCalls(machine);
  const inMemory = `${RUN}/upper/upper`;
  const upper = calls.existsSync(inMemory) ? inMemory : kept;
  const { ino } = calls.statSync(upper) ?? { ino: 0 };
  const volume = upper === kept ? 'data' : 'run';
  machine.mounts.push({ point: NEW_ROOT, inode: ino, volume, type: 'overlay', source: 'lifeboot', options: ['rw'] });
}

/** Runs `work` with a new node on `machine`. */
export function withNode<T>(machine: Machine, options: NodeOptions, work: (node: SimulatedNode) => T): T {
  return on(machine, () => work(simulatedNode(machine, options)));
}
