/**
 * Boot states and facts for tests, in few words.
 */
import type { BootFacts } from '../../src/core/boot/facts.ts';
import type { BootPlan, Step } from '../../src/core/boot/step.ts';
import type { Config } from '../../src/core/config/config.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import type { StateReading } from '../../src/core/state/reading.ts';
import { type BootState, freshState, type SlotState, withSlot } from '../../src/core/state/state.ts';

export const BOOT_ID = '0123456489abcdef0123456789abcdef';
export const NOW = '2026-11-21T12:00:00Z';

export const CONFIG_TEXT = `
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
[upper]
device = "PARTLABEL=system-data"
`;

export const CONFIG: Config = configOf(CONFIG_TEXT);

export function configOf(text: string): Config {
  const { config, problems } = parseConfig(text, 'test.toml');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return config;
}

/** A proven slot whose deployment is `NAME-1`. */
export function good(name: string, change: Partial<SlotState> = {}): Partial<SlotState> {
  const id = `${name}-1`;
  return {
    health: 'good',
    deployment: { id, version: '1' },
    provenId: id,
    provenAt: NOW,
    proofLevel: 'loop',
    best: 'proven',
    ...change,
  };
}

export function trial(name: string, change: Partial<SlotState> = {}): Partial<SlotState> {
  return { health: 'trial', deployment: { id: `${name}-2`, version: '2' }, ...change };
}

/** The state of slots given in order of preference. */
export function stateOf(
  slots: Readonly<Record<string, Partial<SlotState>>>,
  change: Partial<BootState> = {},
): BootState {
  const names = Object.keys(slots);
  const state = Object.entries(slots).reduce((all, [name, slot]) => withSlot(all, name, slot), freshState(names));
  return { ...state, ...change };
}

export function valid(state: BootState): StateReading {
  return { kind: 'valid', state, sequence: 5n, record: 0, note: null };
}

export function factsOf(state: StateReading | BootState, change: Partial<BootFacts> = {}): BootFacts {
  return {
    config: CONFIG,
    forcedSlot: null,
    state: 'kind' in state ? state : valid(state),
    stateUnwritable: null,
    bootId: BOOT_ID,
    now: NOW,
    bases: {},
    failures: [],
    evidence: null,
    notes: [],
    ...change,
  };
}

/** A plan as readable lines. */
export function show(plan: BootPlan): readonly string[] {
  return plan.steps.map(showStep);
}

function showStep(step: Step): string {
  switch (step.do) {
    case 'mountBase':
      return `mount ${step.slot}`;
    case 'saveState':
      return `save ${step.note}`;
    case 'mountUpper':
      return `upper ${step.kind}`;
    case 'assembleRoot':
      return `assemble ${step.slot}`;
    case 'handOver':
      return `enter ${step.slot} (${step.mode})`;
    case 'reboot':
    case 'enterRescue':
      return `${step.do}: ${step.reason}`;
    default:
      return step.do;
  }
}

/** The state that a plan saves. */
export function savedBy(plan: BootPlan): BootState {
  const step = plan.steps.find((candidate) => candidate.do === 'saveState');
  if (step === undefined) throw new Error('the plan saves nothing');
  return step.state;
}
