/**
 * The laws that hold after every power cut, asked of the production reader and of the production boot.
 *
 * Each function throws a Violation that says which law is broken and how.
 */
import { boot } from '../../src/app/boot.ts';
import { planBoot } from '../../src/core/boot/plan-boot.ts';
import type { StateReading } from '../../src/core/state/reading.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { formatState, parseState } from '../../src/core/state/state-json.ts';
import type { Image } from './disk/image.ts';
import { on } from './disk/install.ts';
import { Machine } from './disk/machine.ts';
import { CONFIGS, type Keeping } from './node-config.ts';
import { type NodeOptions, openState, type SimulatedNode, withNode } from './simulated-node.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

export function require(holds: boolean, law: string): void {
  if (!holds) throw new Violation(law);
}

/** What a state is after it was written and read. */
export function textOf(state: BootState): string {
  const parsed = parseState(formatState(state));
  if ('why' in parsed) throw new Violation(`what was saved is no state: ${parsed.why}`);
  return JSON.stringify(parsed.state);
}

export function readState(image: Image, keeping: Keeping): StateReading {
  const machine = new Machine(image);
  return on(machine, () => openState(machine, keeping).read());
}

export function readOn(node: SimulatedNode, keeping: Keeping): StateReading {
  return node.ports.openState(CONFIGS[keeping].config).read();
}

/** What a cut may leave of the saves of a run: nothing older than the last that returned, nothing that was never saved. */
export interface Saves {
  readonly before: StateReading;
  /** As {@link textOf} has them. */
  readonly texts: readonly string[];
}

/** @returns the state as text; '' without one */
export function requireSaved(reading: StateReading, saves: Saves, finished: number, begun: number): string {
  const { before, texts } = saves;
  if (reading.kind !== 'valid') {
    const wasNone = finished === 0 && before.kind !== 'valid';
    require(wasNone, `no state can be read any more: ${reading.kind}: ${reading.why}`);
    return '';
  }
  const found = JSON.stringify(reading.state);
  const allowed = texts.slice(Math.max(0, finished - 1), begun);
  if (allowed.includes(found)) return found;
  const isBefore = finished === 0 && before.kind === 'valid' && JSON.stringify(before.state) === found;
  const older = texts.indexOf(found) >= 0 || (before.kind === 'valid' && JSON.stringify(before.state) === found);
  require(isBefore, older ? 'a save that had returned is lost' : 'the state that is read was never saved');
  return found;
}

/** Laws 2, 4 and 5 of the decision: there is one, and it enters a trial only after saving. */
export function requirePlan(reading: StateReading, { keeping, bootId }: NodeOptions): void {
  const plan = planBoot({
    ...{ config: CONFIGS[keeping].config, forcedSlot: null, state: reading, stateUnwritable: null, bootId, now: null },
    ...{ bases: {}, failures: [], evidence: null, notes: [] },
  });
  const does = plan.steps.map((step) => step.do);
  const ends = ['handOver', 'reboot', 'enterRescue'].some((end) => does.includes(end as (typeof does)[number]));
  require(ends, `the plan ends nowhere: ${does.join(', ')}`);
  const saved = does.indexOf('saveState');
  const touched = does.findIndex((step) => step !== 'mountBase' && step !== 'saveState');
  const isTrial = reading.kind === 'valid' && reading.state.slots[plan.slot ?? '']?.health === 'trial';
  if (isTrial) require(saved >= 0 && saved < touched, `trial ${plan.slot} is planned before its attempt is saved`);
}

/** Law 2, on the disk: the boot that has entered a slot is the one that the state tells of. */
export function requirePaid(reading: StateReading, bootId: string, slot: string): void {
  if (reading.kind !== 'valid') throw new Violation(`slot ${slot} was entered, and the state is ${reading.kind}`);
  const { current } = reading.state;
  require(current?.bootId === bootId &&
    current.slot === slot, `slot ${slot} was entered before its attempt was durable`);
}

export interface Booted {
  readonly image: Image;
  readonly state: BootState | null;
  readonly entered: string | null;
}

/** Boots what is on the disks with the production boot, and asks for what holds after every boot. */
export function bootOn(
  image: Image,
  options: NodeOptions,
  look?: (node: SimulatedNode) => void,
  known: StateReading | null = null,
): Booted {
  const machine = new Machine(image);
  return withNode(machine, options, (node) => {
    const before = known ?? readOn(node, options.keeping);
    const result = boot(node.ports);
    const after = readOn(node, options.keeping);
    const entered = node.entered.at(-1) ?? null;
    require((result.kind === 'entered') === (entered !== null), 'a root was entered that boot did not tell of');
    if (before.kind === 'valid') require(after.kind === 'valid', 'a boot has lost the state');
    if (entered !== null && isSavable(before)) requirePaid(after, options.bootId, entered.split(' ')[0] ?? '');
    look?.(node);
    return { image: machine.image(), state: after.kind === 'valid' ? after.state : null, entered };
  });
}

function isSavable({ kind }: StateReading): boolean {
  return kind === 'valid' || kind === 'blank' || kind === 'corrupt';
}
