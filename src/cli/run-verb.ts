/**
 * One verb, one function. A verb without one does not compile.
 *
 * Effects: those of the verbs, and loading the code of most of them at their first use, because a start that has to read
 * all of it takes milliseconds longer, and the boot must not wait for what only operators use.
 */
import { createRequire } from 'node:module';
import type { Ports } from '../app/ports.ts';
import type { Command } from './command.ts';
import type { Io } from './io.ts';
import { runBoot } from './verbs/boot.ts';
import { runPlan } from './verbs/plan.ts';
import { runStatus } from './verbs/status.ts';

type Of<V extends Command['verb']> = Extract<Command, { readonly verb: V }>;
type Run<C> = (command: C, ports: Ports, io: Io) => number;
type Table<V extends Command['verb']> = { readonly [N in V]: Run<Of<N>> };

const AT_HAND = { status: runStatus, plan: runPlan, boot: runBoot } as const satisfies Partial<Table<Command['verb']>>;

type OtherVerbs = Table<Exclude<Command['verb'], keyof typeof AT_HAND>>;

function loadOthers(): OtherVerbs {
  const loaded: typeof import('./other-verbs.ts') = createRequire(import.meta.url)('./other-verbs.ts');
  return loaded.OTHER_VERBS;
}

/** @returns the exit code */
export function runVerb(command: Command, ports: Ports, io: Io): number {
  const { verb } = command;
  // The tables pair each verb with the function for its command; the compiler cannot follow that through a union.
  const run = (isAtHand(verb) ? AT_HAND[verb] : loadOthers()[verb]) as Run<Command>;
  return run(command, ports, io);
}

function isAtHand(verb: Command['verb']): verb is keyof typeof AT_HAND {
  return Object.hasOwn(AT_HAND, verb);
}
