/**
 * All operations that write, with how much of each is taken: scenarios, and images at one place of a run.
 */
import { crash, newTally, type Scenario, type Tally } from './crash-run.ts';
import { PAIR_OPERATIONS } from './pair-operations.ts';
import { RESET_OPERATIONS } from './reset-operations.ts';
import { slotScenario } from './slot-operation.ts';
import { STATE_OPERATIONS, stateScenario } from './state-operations.ts';
import { initScenario, STORE_OPERATIONS, storeScenario } from './store-operations.ts';

export interface Operation {
  readonly name: string;
  readonly scenario: (count: number) => Scenario | null;
  readonly scenarios: number;
  readonly most: number;
}

/** These save more than once, so that half of the scenarios gives as many images. */
const SAVES_OFTEN = /^(repair:|boot past|boot with|state set|confirm: (alive|no|busy))/;

/** Where a run leaves few places to cut, or few sectors to lose, more runs make up for it. */
const SCENARIOS: Readonly<Record<string, number>> = {
  'upper made': 84,
  'factory reset of /etc': 16,
  'factory reset of uppers': 16,
  'factory reset of everything': 16,
  'factory reset undone': 84,
  'state init --force': 24,
  'tend: the ladder asks for another boot': 6,
  'tend: proven in the same boot, after an outage': 6,
  'tend: the proven boot has lasted': 8,
  'confirm --stopped: soon after the proof': 8,
};

const state = Object.entries(STATE_OPERATIONS).map(([name, operation], index): Operation => {
  const scenario = (count: number) => stateScenario(name, operation, index, count);
  return { name, scenario, scenarios: SCENARIOS[name] ?? (SAVES_OFTEN.test(name) ? 8 : 16), most: 440 };
});

const store = Object.entries({ ...STORE_OPERATIONS, ...RESET_OPERATIONS, ...PAIR_OPERATIONS }).map(
  ([name, operation], index): Operation => {
    const scenario = (count: number) => storeScenario(name, operation, 100 + index, count);
    return { name, scenario, scenarios: SCENARIOS[name] ?? 44, most: 160 };
  },
);

const init: Operation = {
  name: 'state init',
  scenario: (count) => initScenario(200, count),
  scenarios: 12,
  most: 300,
};

const repair: Operation = {
  name: 'repair --from',
  scenario: (count) => slotScenario(300, count),
  scenarios: 18,
  most: 90,
};

export const OPERATIONS: readonly Operation[] = [...state, ...store, init, repair];

/** @param fewer a divisor, for runs that only look for a fault that is known to be there */
export function runOperation({ scenario, scenarios, most }: Operation, fewer = 1): Tally {
  const tally = newTally();
  for (let count = 0; count < Math.ceil(scenarios / fewer); count += 1) {
    const made = scenario(count);
    if (made !== null) crash(made, tally, Math.ceil(most / fewer), count);
  }
  return tally;
}
