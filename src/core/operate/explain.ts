/**
 * Why the running system was booted, and what was last said of each slot: the report behind `why`.
 *
 * Pure. It lives from the boot state, so the reasons outlive the boot that they belong to.
 */
import type { Config } from '../config/config.ts';
import type { TendMemory } from '../ladder/link.ts';
import type { Health, Mode, Outcome, SlotName } from '../slot.ts';
import type { BootRecord, BootState, Examination } from '../state/state.ts';
import { explainTunnel } from './explain-tunnel.ts';

/** The decision of one boot, from boot.json or from the log. */
export interface Decision {
  readonly bootId: string;
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly mode: Mode;
  readonly trace: readonly string[];
}

export interface SlotStory {
  readonly health: Health;
  readonly reason: string | null;
  readonly evidence: string | null;
  /** How its last boots ended, newest last. */
  readonly lately: readonly Outcome[];
  /** What the last examination of it found, or null. */
  readonly examined: Examination | null;
  /** The last boot of this slot, or null: none is in the log. */
  readonly last: BootRecord | null;
}

export interface WhyReport {
  /** The running boot; the last one in the log where the running one is not known; null where nothing is. */
  readonly boot: Decision | null;
  /** Whether `boot` is what runs now. */
  readonly running: boolean;
  readonly verdict: { readonly outcome: string; readonly reason: string | null } | null;
  readonly slots: Readonly<Record<SlotName, SlotStory>>;
  /** An outage, trials that wait for its end, and what the ladder has tried. */
  readonly tunnel: readonly string[];
  /** Why there is no more to tell. */
  readonly notes: readonly string[];
}

export interface WhyFacts {
  readonly running: Decision | null;
  readonly verdict: { readonly outcome: string; readonly reason: string | null } | null;
  readonly state: BootState | null;
  readonly config: Config;
  /** What `tend` remembers of this boot. */
  readonly memory: TendMemory | null;
  readonly notes: readonly string[];
}

export function explain(facts: WhyFacts): WhyReport {
  const { running, state } = facts;
  const last = state?.history.at(-1) ?? null;
  const boot = running === null ? last : decisionOf(running, state);
  const names = Object.keys(state?.slots ?? {});
  return {
    boot: boot === null ? null : pickDecision(boot),
    running: running !== null,
    verdict: verdictOn(boot, facts),
    slots: Object.fromEntries(names.flatMap((name) => storyOf(state, name))),
    tunnel: explainTunnel(state, facts.memory, facts.config),
    notes: facts.notes,
  };
}

/** The plain-shell fallback and a lost /run file leave no trace; the log may still have it. */
function decisionOf(running: Decision, state: BootState | null): Decision {
  if (running.trace.length > 0) return running;
  return { ...running, trace: state?.history.findLast(({ bootId }) => bootId === running.bootId)?.trace ?? [] };
}

function pickDecision({ bootId, slot, attempt, mode, trace }: Decision): Decision {
  return { bootId, slot, attempt, mode, trace };
}

function verdictOn(boot: Decision | null, { verdict, state, running }: WhyFacts): WhyReport['verdict'] {
  const record = state?.history.findLast(({ bootId, slot }) => bootId === boot?.bootId && slot === boot.slot);
  if (record !== undefined && record.outcome !== 'running') return { outcome: record.outcome, reason: record.reason };
  return running === null || verdict === null ? null : { outcome: verdict.outcome, reason: verdict.reason };
}

function storyOf(state: BootState | null, name: SlotName): readonly [SlotName, SlotStory][] {
  const slot = state?.slots[name];
  if (slot === undefined) return [];
  const last = state?.history.findLast((record) => record.slot === name) ?? null;
  const { health, reason, evidence, lately, examined = null } = slot;
  return [[name, { health, reason, evidence, lately, examined, last }]];
}
