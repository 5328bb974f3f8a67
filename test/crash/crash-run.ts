/**
 * Runs an operation once, takes every image that a power cut can leave of it, and asks the laws of each.
 */

import { BootError } from '../../src/core/errors.ts';
import type { StateReading } from '../../src/core/state/reading.ts';
import { cutImages, seeded } from './disk/cuts.ts';
import type { Image } from './disk/image.ts';
import { Machine } from './disk/machine.ts';
import type { DiskEvent } from './disk/units.ts';
import {
  type Booted,
  bootOn,
  readOn,
  readState,
  require,
  requirePaid,
  requirePlan,
  requireSaved,
  type Saves,
  textOf,
  Violation,
} from './laws.ts';
import { liveOn } from './lives.ts';
import { type NodeOptions, type SimulatedNode, withNode } from './simulated-node.ts';

export interface Scenario {
  readonly title: string;
  readonly image: Image;
  readonly options: NodeOptions;
  /** What happens before the part that is cut; its disk is taken as flushed. */
  readonly prepare?: (node: SimulatedNode) => void;
  readonly run: (node: SimulatedNode) => void;
  /** Cuts before this mark are another operation's. */
  readonly from?: string;
  /** Run again on what the cut has left, it succeeds, and then a state can be read. */
  readonly again?: (node: SimulatedNode) => void;
  /** More laws, asked of each image, with what had been marked by then. */
  readonly check?: (image: Image, marks: readonly string[], recorded: Recorded) => void;
  /** And of the node that was booted from it. */
  readonly look?: (node: SimulatedNode, marks: readonly string[]) => void;
}

export interface Recorded {
  readonly start: Image;
  readonly end: Image;
  readonly before: StateReading;
}

export interface Tally {
  /** Distinct images, by hash. */
  readonly images: Set<string>;
  /** Images with what had happened by then: what the laws were asked of. */
  states: number;
  lives: number;
}

export const newTally = (): Tally => ({ images: new Set(), states: 0, lives: 0 });

const NEXT_BOOT = 'ffffffffffffffffffffffffffff0001';

/** @param most images at one place of the run */
export function crash(scenario: Scenario, tally: Tally, most: number, seed: number): void {
  const recorded = record(scenario);
  const asked = new Set<string>();
  for (const { image, hash, marks } of cutImages(recorded.start, recorded.events, most, seeded(seed))) {
    const said = recorded.marks.slice(0, marks);
    if (scenario.from !== undefined && !said.includes(scenario.from)) continue;
    tally.images.add(hash);
    const key = `${hash} ${marks}`;
    if (asked.has(key)) continue;
    asked.add(key);
    tally.states += 1;
    try {
      if (ask(scenario, recorded, image, said, tally.states)) tally.lives += 1;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      throw new Violation(
        `${error.message}\n  ${scenario.title}\n  after: ${said.join(', ') || 'nothing was marked yet'}`,
      );
    }
  }
}

interface Recording extends Recorded {
  readonly events: readonly DiskEvent[];
  readonly marks: readonly string[];
  readonly saves: Saves;
}

function record({ image, options, prepare, run }: Scenario): Recording {
  const machine = new Machine(image);
  return withNode(machine, options, (node) => {
    prepare?.(node);
    const start = machine.image();
    machine.events.length = 0;
    node.saves.length = 0;
    run(node);
    const before = readState(start, options.keeping);
    const events = [...machine.events];
    const marks = events.flatMap((event) => (event.kind === 'mark' ? [event.text] : []));
    const saves = { before, texts: node.saves.map(textOf) };
    return { start, end: machine.image(), before, events, marks, saves };
  });
}

/** From so many images one is booted on its own disk, besides the first with each state that can be read. */
const BOOT_ONE_OF = 10;

const booted = new Set<string>();

/** @returns whether a new life was lived */
function ask(scenario: Scenario, recorded: Recording, image: Image, marks: readonly string[], count: number): boolean {
  const { options, look, check, again } = scenario;
  const reading = readState(image, options.keeping);
  const finished = marks.filter((mark) => mark.startsWith('saved ')).length;
  const begun = marks.filter((mark) => mark.startsWith('saving ')).length;
  const text = requireSaved(reading, recorded.saves, finished, begun);
  const entering = marks.findLastIndex((mark) => mark.startsWith('entering '));
  const isLast = entering >= 0 && marks.slice(entering).every((mark) => !mark.startsWith('saving '));
  const [, slot = '', bootId = ''] = marks[entering]?.split(' ') ?? [];
  if (isLast) requirePaid(reading, bootId, slot);
  check?.(image, marks, recorded);
  if (again !== undefined) requireAgain(image, options, again);
  const next: NodeOptions = { ...options, bootId: NEXT_BOOT, fail: {} };
  requirePlan(reading, next);
  const isNew = !booted.has(text);
  if (!isNew && look === undefined && count % BOOT_ONE_OF !== 0) return false;
  booted.add(text);
  const after: Booted = bootOn(image, next, look === undefined ? undefined : (node) => look(node, marks), reading);
  return after.state !== null && liveOn(after.image, after.state, options.keeping);
}

function requireAgain(image: Image, options: NodeOptions, again: (node: SimulatedNode) => void): void {
  const machine = new Machine(image);
  withNode(machine, options, (node) => {
    try {
      again(node);
    } catch (error) {
      // Over a valid state it refuses, which is right.
      if (!(error instanceof BootError)) throw error;
      require(error.code === 'REFUSED', `it cannot be run again: ${error.message}`);
    }
    const { kind } = readOn(node, options.keeping);
    require(kind === 'valid', `it was run again, and the state is ${kind}`);
  });
}
