/**
 * Every command that writes the boot state, as an operator, a unit or the boot stage runs it.
 */
import { boot } from '../../src/app/boot.ts';
import {
  markBootSuccessful,
  setActiveBootSlot,
  setSlotAsUnbootable,
  setSnapshotMergeStatus,
} from '../../src/app/bootctl.ts';
import { confirmStopped, confirmWait, proveRemotely } from '../../src/app/confirm.ts';
import { markBad, markGood, resetSlotAttempts } from '../../src/app/mark.ts';
import { checkSlots, repairBySettings } from '../../src/app/repair-check.ts';
import { initState, setStateValue } from '../../src/app/state-verbs.ts';
import { rollback, switchSlot } from '../../src/app/switch.ts';
import { tend } from '../../src/app/tend.ts';
import { BootError } from '../../src/core/errors.ts';
import type { TunnelSample } from '../../src/core/judge/sample.ts';
import type { BootState } from '../../src/core/state/state.ts';
import type { Scenario } from './crash-run.ts';
import type { Image } from './disk/image.ts';
import { readState, require } from './laws.ts';
import type { Keeping } from './node-config.ts';
import type { NodeOptions, SimulatedNode } from './simulated-node.ts';
import { KINDS, type Start, startOf } from './states.ts';

export const THIS_BOOT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa0001';

export interface StateOperation {
  readonly run: (node: SimulatedNode, state: BootState) => void;
  /** In a system that was booted from a slot; else in the boot stage. */
  readonly inside: boolean;
  readonly options?: Partial<NodeOptions>;
  /** Kinds of nodes that have this operation, by their numbers in `KINDS`; by default all. */
  readonly kinds?: readonly number[];
  readonly check?: (image: Image, marks: readonly string[], keeping: Keeping) => void;
  /** A boot before, so that the state begins as this operation meets it. */
  readonly prepare?: (node: SimulatedNode) => void;
}

const dryRun = false;
const silent: TunnelSample = { kind: 'unproven', why: 'the server does not answer' };
const failing = { name: 'disk', required: true, passed: false, why: 'no space', seconds: 1 };

const last = (state: BootState): string => state.order.at(-1) ?? '';
const second = (state: BootState): string => state.order[1] ?? '';

export const STATE_OPERATIONS: Readonly<Record<string, StateOperation>> = {
  'tend: the ladder asks for another boot': {
    inside: true,
    options: { sample: silent },
    kinds: [1, 5, 7],
    run(node) {
      confirmWait(node.ports);
      climb(node);
    },
  },
  'tend: proven in the same boot, after an outage': {
    inside: true,
    options: { sample: silent },
    kinds: [1, 5, 7],
    run(node) {
      confirmWait(node.ports);
      node.answer({ kind: 'proven', level: 'loop', notes: [] });
      climb(node);
    },
  },
  'tend: the proven boot has lasted': {
    inside: true,
    run(node) {
      confirmWait(node.ports);
      climb(node, 20);
    },
  },
  'confirm --stopped: soon after the proof': {
    inside: true,
    run(node) {
      confirmWait(node.ports);
      confirmStopped(node.ports);
    },
  },
  'repair: a file system in place, after a check': {
    inside: true,
    kinds: [3, 5],
    run(node) {
      const { slots } = checkSlots(node.ports, { slots: ['b'], keep: true });
      repairBySettings(node.ports, slots);
    },
    check: requireBarred,
  },
  boot: { inside: false, run: (node) => void boot(node.ports) },
  'boot past a slot that cannot be mounted': {
    inside: false,
    options: { fail: { 'mountBase b': 'CONTENT', 'mountUpper a': 'IO' } },
    run: (node) => void boot(node.ports),
  },
  'boot with nothing left': {
    inside: false,
    options: { fail: { 'mountBase a': 'IO', 'check b': 'CONTENT', 'mountBase r': 'ABSENT' } },
    run: (node) => void boot(node.ports),
  },
  'boot after a panic': {
    inside: false,
    prepare: (node) => void boot(node.ports),
    options: { evidence: 'ended in a kernel panic: VFS' },
    run: (node) => void bootAgain(node),
  },
  'mark good': { inside: true, run: (node) => void markGood(node.ports, { slot: null, normal: true, dryRun }) },
  'mark bad': { inside: true, run: (node) => void markBad(node.ports, { slot: null, reason: 'smells', dryRun }) },
  'reset-attempts': { inside: true, run: (node) => void resetSlotAttempts(node.ports, { slot: null, dryRun }) },
  switch: {
    inside: true,
    run: (node, state) => void switchSlot(node.ports, { slot: second(state), once: false, dryRun }),
  },
  'switch --once': {
    inside: true,
    run: (node, state) => void switchSlot(node.ports, { slot: last(state), once: true, dryRun }),
  },
  rollback: { inside: true, run: (node) => void rollback(node.ports, { dryRun }) },
  'state set': {
    inside: false,
    run(node, state) {
      setStateValue(node.ports, { key: 'order', value: state.order.toReversed().join(','), dryRun });
      setStateValue(node.ports, { key: 'slots.b.limit', value: '7', dryRun });
    },
  },
  'state init --force': {
    inside: false,
    run: (node) => void initState(node.ports, { good: 'a', force: true, dryRun }),
  },
  'bootctl set-active-boot-slot': {
    inside: true,
    run: (node, state) => setActiveBootSlot(node.ports, numberOf(second(state))),
  },
  'bootctl set-slot-as-unbootable': {
    inside: true,
    run: (node, state) => setSlotAsUnbootable(node.ports, numberOf(second(state))),
  },
  'bootctl mark-boot-successful': { inside: true, run: (node) => markBootSuccessful(node.ports) },
  'bootctl set-snapshot-merge-status': { inside: true, run: (node) => setSnapshotMergeStatus(node.ports, 'merging') },
  'confirm: alive and proven': { inside: true, run: (node) => void confirmWait(node.ports) },
  'confirm: no tunnel': { inside: true, options: { sample: silent }, run: (node) => void confirmWait(node.ports) },
  'confirm: a failed check': {
    inside: true,
    options: { sample: silent, checks: [failing] },
    run: (node) => void confirmWait(node.ports),
  },
  'confirm: busy, the attempt comes back': {
    inside: true,
    options: { sample: { kind: 'busy', why: 'remote port forwarding failed' } },
    run: (node) => void confirmWait(node.ports),
  },
  'confirm --stopped: the attempt comes back': { inside: true, run: (node) => void confirmStopped(node.ports) },
  'proof by hand': { inside: true, run: (node) => void proveRemotely(node.ports, THIS_BOOT) },
};

const numberOf = (slot: string): number => (slot === 'b' ? 1 : 0);

/** While a file system is being repaired, no boot enters its slot. */
function requireBarred(image: Image, marks: readonly string[], keeping: Keeping): void {
  const fixing = marks.indexOf('fixing');
  if (fixing < 0 || marks.slice(fixing).some((mark) => mark.startsWith('saving '))) return;
  const reading = readState(image, keeping);
  const health = reading.kind === 'valid' ? reading.state.slots['b']?.health : undefined;
  require(health === 'bad', `the file system of slot b is being repaired, and the state calls it ${health}`);
}

/** The timer of `tend`, until the node goes down. */
function climb(node: SimulatedNode, minutes = 90): void {
  for (let minute = 0; minute < minutes && !node.rebooted(); minute += 1) {
    tend(node.ports, { dryRun });
    node.ports.machine.sleep(60_000);
  }
}

/** The same machine, switched on again. */
function bootAgain({ ports }: SimulatedNode): void {
  const machine = { ...ports.machine, bootId: () => 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa0002' };
  boot(new Proxy(ports, { get: (target, name) => (name === 'machine' ? machine : Reflect.get(target, name)) }));
}

/** Scenario number `count` of an operation; null where a node of that kind has no such operation. */
export function stateScenario(name: string, operation: StateOperation, seed: number, count: number): Scenario | null {
  const { kinds } = operation;
  const one = kinds?.[count % kinds.length];
  const start = startOf(
    seed,
    one === undefined ? count : one + KINDS.length * Math.floor(count / (kinds?.length ?? 1)),
  );
  const { inside, options = {}, run, prepare, check } = operation;
  const begin = inside ? (node: SimulatedNode) => enter(node) : prepare;
  return {
    title: `${name}, ${start.title} (${seed}/${count})`,
    image: start.image,
    options: { keeping: start.keeping, bootId: THIS_BOOT, ...options },
    ...(begin === undefined ? {} : { prepare: begin }),
    ...(check === undefined ? {} : { check: (image, marks) => check(image, marks, start.keeping) }),
    run: (node) => unlessRefused(() => run(node, currentState(node, start))),
  };
}

export function enter(node: SimulatedNode): void {
  boot(node.ports);
}

function currentState(node: SimulatedNode, { state }: Start): BootState {
  const reading = node.ports.openState(node.ports.config.load().config).read();
  return reading.kind === 'valid' ? reading.state : state;
}

/** A command that refuses writes nothing, which is as good an outcome as any; a crash is none. */
function unlessRefused(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof BootError) || error.code === 'INTERNAL') throw error;
  }
}
