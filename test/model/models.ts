/**
 * The models that are searched: a few slots, and what happens to them besides power cuts, verdicts and proofs.
 *
 * All events at once multiply each other, so each model has some of them to its very end, and one has all of them to a
 * depth that is said.
 */
import type { Config } from '../../src/core/config/config.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { CONFIG_TEXT, configOf, good, stateOf, trial } from '../support/states.ts';
import type { Events } from './model.ts';
import type { ModelNode } from './node.ts';

export interface Plan {
  readonly name: string;
  readonly config: Config;
  readonly starts: readonly ModelNode[];
  readonly events: Events;
  /** Infinity: until no new node appears. */
  readonly depth: number;
}

const AB = CONFIG_TEXT.replace(/\[slots\.r\][^[]*/, '');

function limited(text: string, trialLimit: number, goodLimit: number): Config {
  return configOf(`${text}[attempts]\ntrial = ${trialLimit}\ngood = ${goodLimit}\n[confirm]\nhold = "1min"\n`);
}

function start(state: BootState): ModelNode {
  return { state, running: null, swapped: [] };
}

const TWO = [
  start(stateOf({ b: trial('b'), a: good('a') })),
  start(stateOf({ a: good('a'), b: good('b') })),
  start(stateOf({ a: trial('a'), b: trial('b') })),
];
const THREE = [
  start(stateOf({ b: trial('b'), a: good('a'), r: good('r') })),
  start(stateOf({ a: trial('a'), b: { health: 'empty' }, r: trial('r') })),
];

const END = Number.POSITIVE_INFINITY;

export const PLANS: readonly Plan[] = [
  { name: 'the ladder', config: limited(CONFIG_TEXT, 1, 1), starts: THREE, events: { ladder: true }, depth: 20 },
  { name: 'operators', config: limited(AB, 1, 1), starts: TWO, events: { operator: true }, depth: 10 },
  { name: 'mounts', config: limited(AB, 1, 1), starts: TWO, events: { mounts: true }, depth: 12 },
  {
    name: 'everything',
    config: limited(CONFIG_TEXT, 2, 2),
    starts: THREE,
    events: { mounts: true, panics: true, writes: true, refunds: true, checks: true, ladder: true, operator: true },
    depth: 5,
  },
  { name: 'three slots', config: limited(CONFIG_TEXT, 2, 1), starts: THREE, events: {}, depth: END },
  { name: 'failed writes', config: limited(AB, 2, 1), starts: TWO.slice(0, 1), events: { writes: true }, depth: END },
  {
    name: 'short lives',
    config: limited(AB, 1, 1),
    starts: TWO.slice(0, 2),
    events: { shortLives: true },
    depth: 16,
  },
  {
    name: 'settings',
    config: limited(AB, 1, 1),
    starts: TWO.slice(0, 2),
    events: { settings: true, ladder: true },
    depth: 12,
  },
  { name: 'panics', config: limited(AB, 2, 1), starts: TWO.slice(0, 1), events: { panics: true }, depth: END },
  { name: 'checks', config: limited(AB, 2, 1), starts: TWO.slice(0, 1), events: { checks: true }, depth: END },
  { name: 'refunds', config: limited(AB, 2, 1), starts: TWO.slice(0, 1), events: { refunds: true }, depth: END },
];
