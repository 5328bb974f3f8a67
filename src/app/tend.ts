/**
 * `lifeboot tend`: one look at the tunnel of a boot that has its verdict, and at most one step of the recovery ladder.
 *
 * Effects through the ports. A timer calls it; nothing stays in memory between two calls. Invariants: what a step has
 * used up is noted before the step is taken, so that a crash in between repeats nothing; the node leaves a slot only
 * after the boot state says where to. The ordinary call makes no look at all: the very ssh that was proven a moment ago
 * still runs. That is no proof and is not recorded as one; it only says that the next look is not due yet.
 */

import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import type { RunningBoot } from '../core/judge/running-boot.ts';
import type { TunnelSample } from '../core/judge/sample.ts';
import { freshMemory, noteLook, type TendMemory } from '../core/ladder/link.ts';
import { heldByVisit, planTend, type TendAction, type TendFacts } from '../core/ladder/plan-tend.ts';
import type { BootState } from '../core/state/state.ts';
import { beatIfProven } from './beat.ts';
import { keepIdentity } from './keep-identity.ts';
import type { Ports, VerdictFile } from './ports.ts';
import { readState } from './read-state.ts';
import { findRunningBoot } from './running-boot.ts';
import { takeStep } from './tend-step.ts';

export interface TendReport {
  /** `unchanged`: not looked at, because the proven ssh still runs. */
  readonly tunnel: 'unchanged' | 'proven' | 'away' | 'unknown';
  readonly did: TendAction['do'];
  readonly why: string;
  /** What went wrong with it, or null. */
  readonly trouble: string | null;
}

export function tend(ports: Ports, { dryRun }: { readonly dryRun: boolean }): TendReport {
  const memory = ports.run.readTend();
  const uptime = ports.machine.uptimeSeconds();
  if (memory !== null && isQuiet(memory, uptime, ports)) {
    return { tunnel: 'unchanged', did: 'nothing', why: 'the tunnel that was proven still runs', trouble: null };
  }
  const verdict = ports.run.readVerdict();
  if (verdict === null) return idle('this boot has no verdict yet, so it is not the turn of the ladder');
  const { config } = ports.config.load();
  if (config.tunnel === null) return idle('the configuration has no [tunnel]');
  const sample = ports.tunnel.sample(config.tunnel, ports.machine.bootId());
  beatIfProven(ports, config, !dryRun && sample.kind === 'proven');
  const look = { at: Math.round(ports.machine.uptimeSeconds()), good: sample.kind === 'proven' };
  const before = memory ?? freshMemory(verdict.outcome === 'proven' ? 0 : Math.round(uptime));
  const facts = gather(ports, config, { memory: noteLook(before, look), before, sample, verdict });
  const action = planTend(facts);
  const trouble = dryRun ? null : act(ports, facts, action);
  if (!dryRun && sample.kind === 'proven' && verdict.outcome === 'proven') {
    for (const text of keepIdentity(ports, config)) ports.log.info(text);
  }
  return { tunnel: sample.kind === 'proven' ? 'proven' : 'away', did: action.do, why: said(sample, action), trouble };
}

function isQuiet({ quietUntil, master }: TendMemory, uptime: number, ports: Ports): boolean {
  return quietUntil !== null && uptime < quietUntil && master !== null && ports.tunnel.running() === master;
}

function gather(
  ports: Ports,
  config: Config,
  seen: {
    readonly memory: TendMemory;
    readonly before: TendMemory;
    readonly sample: TunnelSample;
    readonly verdict: VerdictFile;
  },
): TendFacts {
  const { before, sample, verdict } = seen;
  const visitedAt = sample.kind === 'proven' ? null : ports.run.readVisit();
  const memory = heldByVisit(visitedAt, before, seen.memory);
  const boot = findRunningBoot(ports);
  // While all is well nothing in the state matters, and so it is not read.
  const isNeeded = sample.kind !== 'proven' || verdict.outcome !== 'proven' || !memory.settled;
  return {
    config,
    memory,
    sample,
    verdict: verdict.outcome,
    boot,
    visitedAt,
    state: isNeeded ? stateOf(ports, config, boot) : null,
  };
}

function stateOf(ports: Ports, config: Config, boot: RunningBoot | null): BootState | null {
  if (boot === null) return null;
  const reading = readState(ports, config);
  return reading.kind === 'valid' && reading.state.slots[boot.slot] !== undefined ? reading.state : null;
}

/** @returns what went wrong, or null */
function act(ports: Ports, facts: TendFacts, action: TendAction): string | null {
  const memory = remember(ports, facts, action);
  ports.run.writeTend(memory);
  if (action.do === 'nothing') return null;
  ports.log.info(`${action.do}: ${action.why}`);
  try {
    takeStep(ports, facts, action);
  } catch (error) {
    const trouble = describeError(error);
    ports.log.warn(`${action.do}: ${trouble}, ignoring`);
    // Also the next call could not write it: the ladder goes on with what needs no state, and a boot that lasts is not noted.
    if (action.do === 'boot' || action.do === 'endRound' || action.do === 'last') {
      ports.run.writeTend({ ...memory, unwritable: true, settled: memory.settled || action.do === 'last' });
    }
    return trouble;
  }
  return action.do === 'boot' || action.do === 'reboot' ? reboot(ports, action.why) : null;
}

/** Does not come back, or else says why: the next call tries again. */
function reboot(ports: Ports, why: string): string | null {
  try {
    ports.machine.rebootNow(`lifeboot: ${why}`);
    return null;
  } catch (error) {
    return `the reboot failed: ${describeError(error)}`;
  }
}

/** What the next call has to know; written before anything is done. */
function remember(ports: Ports, { config, memory, sample, verdict, state }: TendFacts, action: TendAction): TendMemory {
  const isWell = sample.kind === 'proven' && (verdict === 'proven' || action.do === 'prove') && memory.away === 0;
  const at = memory.looks.at(-1)?.at ?? 0;
  const held = Object.values(state?.slots ?? {}).some((slot) => slot.held !== null);
  const waits = held || (state?.young ?? null) !== null;
  const isSettled =
    memory.settled || (state !== null && memory.healthySince !== null && !waits && action.do === 'nothing');
  const kept: TendMemory = {
    ...memory,
    quietUntil: isWell ? at + config.tend.lookSeconds : null,
    master: isWell ? ports.tunnel.running() : null,
    settled: sample.kind === 'proven' && isSettled && action.do !== 'prove',
  };
  switch (action.do) {
    case 'restartTunnel':
      return { ...kept, taken: [...kept.taken, 'tunnel'] };
    case 'restartNetwork':
      return { ...kept, taken: [...kept.taken, 'network'] };
    case 'prove':
      // The ladder is forgotten with the proof, so what comes after it is another absence.
      return { ...kept, since: at, away: 0, streak: 0, taken: [] };
    case 'endRound':
      return freshMemory(0);
    default:
      return kept;
  }
}

function said(sample: TunnelSample, action: TendAction): string {
  return sample.kind === 'proven' ? action.why : `${action.why} (${sample.why})`;
}

function idle(why: string): TendReport {
  return { tunnel: 'unknown', did: 'nothing', why, trouble: null };
}
