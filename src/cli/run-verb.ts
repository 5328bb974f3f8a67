/**
 * One verb, one function. A verb without one does not compile.
 *
 * Effects: those of the verbs.
 */
import type { Ports } from '../app/ports.ts';
import type { Command } from './command.ts';
import type { Io } from './io.ts';
import { runBoot } from './verbs/boot.ts';
import { runBootctl } from './verbs/bootctl.ts';
import { runCheck } from './verbs/check.ts';
import { runConfirm } from './verbs/confirm.ts';
import { runDoctor } from './verbs/doctor.ts';
import { runLog } from './verbs/log.ts';
import { runMark } from './verbs/mark.ts';
import { runPlan } from './verbs/plan.ts';
import { runProof } from './verbs/proof.ts';
import { runRepair } from './verbs/repair.ts';
import { runRescue } from './verbs/rescue.ts';
import { runResetAttempts } from './verbs/reset-attempts.ts';
import { runRollback } from './verbs/rollback.ts';
import { runState } from './verbs/state.ts';
import { runStatus } from './verbs/status.ts';
import { runSwitch } from './verbs/switch.ts';
import { runTend } from './verbs/tend.ts';
import { runTunnelVerb } from './verbs/tunnel.ts';
import { runWhy } from './verbs/why.ts';

type Of<V extends Command['verb']> = Extract<Command, { readonly verb: V }>;
type Run<C> = (command: C, ports: Ports, io: Io) => number;

const RUN: { readonly [V in Command['verb']]: Run<Of<V>> } = {
  status: runStatus,
  why: runWhy,
  plan: runPlan,
  log: runLog,
  switch: runSwitch,
  rollback: runRollback,
  mark: runMark,
  'reset-attempts': runResetAttempts,
  boot: runBoot,
  doctor: runDoctor,
  check: runCheck,
  confirm: runConfirm,
  tend: runTend,
  tunnel: runTunnelVerb,
  proof: runProof,
  state: runState,
  repair: runRepair,
  rescue: runRescue,
  bootctl: runBootctl,
};

/** @returns the exit code */
export function runVerb(command: Command, ports: Ports, io: Io): number {
  // The table pairs each verb with the function for its command; the compiler cannot follow that through a union.
  const run = RUN[command.verb] as Run<Command>;
  return run(command, ports, io);
}
