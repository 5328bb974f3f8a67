/**
 * What runs, what is next, and how each slot is: the report behind `status` and `status --json`.
 *
 * Pure. Invariant: there is always a report. When the state cannot be read, health is `unknown` and the report says why.
 */
import { findRecord } from '../boot/history.ts';
import { attemptLimit, usedAttempts } from '../boot/limits.ts';
import { initialOrder } from '../boot/plan-boot.ts';
import type { Config } from '../config/config.ts';
import { describePending, withoutDone } from '../reset/reset-action.ts';
import type { Mode, ProofLevel, Role, ShownHealth, SlotName } from '../slot.ts';
import type { StateReading } from '../state/reading.ts';
import { type BootState, type Deployment, type SlotState, withConfiguredSlots } from '../state/state.ts';
import { describeReading } from './describe-reading.ts';
import { planNextBoot } from './next-boot.ts';

/** What is known of the running system: `/run/lifeboot/boot.json`. */
export interface RunningSystem {
  readonly bootId: string;
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly mode: Mode;
  readonly degraded: readonly string[];
  readonly done?: readonly string[];
}

export interface StatusFacts {
  readonly config: Config;
  readonly problems: readonly string[];
  readonly forcedSlot: SlotName | null;
  readonly state: StateReading;
  readonly running: RunningSystem | null;
  /** The outcome in `/run/lifeboot/verdict`, or null. */
  readonly verdict: string | null;
  /** What the running system lacks now. */
  readonly degraded: readonly string[];
}

export interface BootedStatus {
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly bootId: string;
  readonly proven: boolean;
  readonly mode: Mode;
}

export interface SlotStatus {
  readonly health: ShownHealth;
  readonly attempts: number | null;
  readonly limit: number | null;
  readonly role: Role;
  readonly reason: string | null;
  readonly provenAt: string | null;
  readonly proofLevel: ProofLevel | null;
  readonly deployment: Deployment | null;
  readonly mode: 'normal' | 'clean';
}

/** A kept snapshot that may be booted: in the boot state it is counted and judged as a slot. */
export interface SnapshotStatus extends Omit<SlotStatus, 'role'> {
  /** The slot whose base it is on. */
  readonly of: SlotName;
}

export interface StatusReport {
  readonly booted: BootedStatus | null;
  readonly next: { readonly slot: SlotName | null; readonly reason: string };
  readonly order: readonly SlotName[];
  readonly slots: Readonly<Record<SlotName, SlotStatus>>;
  /** By name, as `s12`. */
  readonly snapshots: Readonly<Record<SlotName, SnapshotStatus>>;
  /** What the next boot does besides, or what was begun and not finished. */
  readonly pending: readonly string[];
  readonly degraded: readonly string[];
}

export function describeStatus(facts: StatusFacts): StatusReport {
  const { config, state: reading } = facts;
  const names = initialOrder(facts);
  const state = reading.kind === 'valid' ? withConfiguredSlots(reading.state, names) : null;
  const plan = planNextBoot({ ...facts, notes: [] });
  const shown = state === null ? names : Object.keys(state.slots);
  const ordinary = shown.filter((name) => state?.slots[name]?.snapshotOf === undefined);
  return {
    booted: facts.running === null ? null : describeBooted(facts.running, state, facts.verdict),
    next: { slot: plan.slot, reason: plan.trace.at(-1) ?? 'nothing is known' },
    order: state?.order ?? names,
    slots: Object.fromEntries(ordinary.map((name) => [name, describeSlot(name, state?.slots[name], config)])),
    snapshots: Object.fromEntries(shown.flatMap((name) => describeSnapshot(name, state?.slots[name], config))),
    pending: state === null ? [] : describePending(withoutDone(state, facts.running?.done ?? [])),
    degraded: listDegraded(facts),
  };
}

function describeBooted(running: RunningSystem, state: BootState | null, verdict: string | null): BootedStatus {
  const { slot, attempt, bootId, mode } = running;
  const record = state === null || slot === null ? undefined : findRecord(state, bootId, slot);
  return { slot, attempt, bootId, proven: record?.outcome === 'proven' || verdict === 'proven', mode };
}

function describeSlot(name: SlotName, slot: SlotState | undefined, config: Config): SlotStatus {
  const role = config.slots[name]?.role ?? 'normal';
  if (slot === undefined) {
    const nothing = { attempts: null, limit: null, reason: null, provenAt: null, proofLevel: null, deployment: null };
    return { health: 'unknown', ...nothing, role, mode: 'normal' };
  }
  return {
    health: slot.health,
    attempts: usedAttempts(slot),
    limit: attemptLimit(slot, config),
    role,
    reason: slot.reason,
    provenAt: slot.provenAt,
    proofLevel: slot.proofLevel,
    deployment: slot.deployment === null ? null : { id: slot.deployment.id, version: slot.deployment.version },
    mode: slot.mode,
  };
}

function describeSnapshot(
  name: SlotName,
  slot: SlotState | undefined,
  config: Config,
): readonly (readonly [SlotName, SnapshotStatus])[] {
  if (slot?.snapshotOf === undefined) return [];
  const { role: _, ...status } = describeSlot(name, slot, config);
  return [[name, { ...status, of: slot.snapshotOf }]];
}

/** Said where the boot itself has not said why it is so. */
const MODES: Readonly<Record<Mode, string | null>> = {
  normal: null,
  clean: 'this is a clean boot: no writable layer is kept, and no persistent directories are there',
  fallback: 'this system was booted by plain shell, without lifeboot: read-only, with a writable layer in memory',
  rescue: 'this is the rescue environment',
};

function listDegraded(facts: StatusFacts): readonly string[] {
  const { running, state } = facts;
  const mode = running === null || running.degraded.length > 0 ? null : MODES[running.mode];
  const all = [
    ...(mode === null ? [] : [mode]),
    ...(running?.degraded ?? []),
    ...facts.degraded,
    ...(state.kind === 'valid' ? [] : [describeReading(state)]),
    ...(state.kind === 'valid' && state.note !== null ? [state.note] : []),
    ...facts.problems,
  ];
  return [...new Set(all)];
}
