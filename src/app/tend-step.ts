/**
 * Takes one step of the recovery ladder, as `planTend` has decided. It decides nothing itself.
 *
 * Effects, all but the reboot: the caller reboots when what the next boot is for is durable.
 */
import { noteLasted } from '../core/boot/lasting.ts';
import { BootError } from '../core/errors.ts';
import { offerAgain } from '../core/judge/outage.ts';
import { type RunningBoot, requireRunning } from '../core/judge/running-boot.ts';
import type { TendAction, TendFacts } from '../core/ladder/plan-tend.ts';
import { askForBoot, endRound, forgetLadder, type Taken } from '../core/ladder/take-rung.ts';
import type { BootState } from '../core/state/state.ts';
import { markThisProven } from './give-verdict.ts';
import type { Ports } from './ports.ts';
import { recordBoot } from './record-boot.ts';

const TUNNEL_UNIT = 'lifeboot-tunnel.service';

type Step = Exclude<TendAction, { readonly do: 'nothing' }>;

/** @throws BootError when the step could not be taken */
export function takeStep(ports: Ports, facts: TendFacts, action: Step): void {
  switch (action.do) {
    case 'prove':
      prove(ports, facts);
      return;
    case 'last':
      record(ports, facts, (state) => noteLasted(state, requireBoot(facts.boot)));
      return;
    case 'offer':
      record(ports, facts, offerAgain);
      return;
    case 'forget':
      record(ports, facts, forgetLadder);
      return;
    case 'restartTunnel':
      ports.services.restart(TUNNEL_UNIT);
      return;
    case 'restartNetwork':
      ports.services.restartRunning(action.units);
      return;
    case 'boot':
      record(ports, facts, (state) => askForBoot(state, action.next, taken(ports, facts)));
      return;
    case 'reboot':
      return;
    case 'endRound':
      record(ports, facts, (state) => endRound(state, taken(ports, facts)));
      return;
    default:
      action satisfies never;
  }
}

function prove(ports: Ports, { config, boot, sample }: TendFacts): void {
  if (sample.kind !== 'proven') throw new BootError('INTERNAL', 'nothing is proven');
  const bootId = ports.machine.bootId();
  const subject = { bootId, slot: boot?.slot ?? null, boot, health: null, config };
  markThisProven(ports, subject, sample.level, sample.notes);
}

function record(ports: Ports, { config, boot }: TendFacts, change: (state: BootState) => BootState): void {
  const running = requireBoot(boot);
  recordBoot(ports, config, running, (state) => {
    requireRunning(state, running);
    return change(state);
  });
}

function taken(ports: Ports, { memory, boot }: TendFacts): Taken {
  return { rungs: memory.taken, running: requireBoot(boot).slot, at: ports.machine.now() };
}

function requireBoot(boot: RunningBoot | null): RunningBoot {
  if (boot === null) throw new BootError('UNAVAILABLE', 'this boot is in no record');
  return boot;
}
