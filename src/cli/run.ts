/**
 * From arguments to an exit code.
 *
 * Effects: prints through `io`, everything else through the ports. Invariant: help and usage errors are answered before
 * any adapter is built; who may not run a command is told so before anything is touched.
 */
import { createRequire } from 'node:module';
import type { Ports } from '../app/ports.ts';
import { BootError, describeError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { parseArgs } from './args.ts';
import type { Command, Request, SnapshotCommand } from './command.ts';
import { defang } from './defang.ts';
import { defaultHint, EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io, MakePorts } from './io.ts';
import { runVerb } from './run-verb.ts';
import { type Access, isWritingBootctl, specOf, type VerbName } from './verb-specs.ts';

type RunRequest = Extract<Request, { ask: 'run' }>;

/**
 * @param argv0 how the program was called
 * @param argv the words after it
 * @returns the exit code
 */
export function runCli(argv0: string, argv: readonly string[], makePorts: MakePorts, terminal: Io): number {
  const io = safeIo(terminal);
  try {
    const request = parseArgs(argv0, argv);
    if (request.ask === 'version') io.stdout(`lifeboot ${VERSION}\n`);
    else if (request.ask === 'help') io.stdout(helpOn(request.topic));
    else return runRequest(request, makePorts, io);
    return EXIT.ok;
  } catch (error) {
    return fail(error, io);
  }
}

function helpOn(topic: VerbName | null): string {
  // No boot has to read these texts.
  const loaded: typeof import('./help.ts') = createRequire(import.meta.url)('./help.ts');
  return topic === null ? loaded.formatHelp() : loaded.formatVerbHelp(topic);
}

function safeIo(terminal: Io): Io {
  return {
    stdout: (text) => terminal.stdout(defang(text)),
    stderr: (text) => terminal.stderr(defang(text)),
    get isTerminal() {
      return terminal.isTerminal;
    },
    env: terminal.env,
  };
}

function runRequest(request: RunRequest, makePorts: MakePorts, io: Io): number {
  const { command, configFile, statePath } = request;
  const newRoot = command.verb === 'boot' ? command.root : null;
  const ports = makePorts({ configFile, statePath, newRoot });
  requireRoot(request, ports);
  return runVerb(command, ports, io);
}

function requireRoot(request: RunRequest, ports: Ports): void {
  const { command, statePath } = request;
  const access = accessOf(command);
  const isNeeded = access === 'root' || (access === 'write' && statePath === null);
  if (!isNeeded || ports.machine.isRoot()) return;
  // AOSP's bootctl has one code for everything that does not work.
  throw new BootError(
    command.verb === 'bootctl' ? 'INTERNAL' : 'NOT_PERMITTED',
    `only root may run 'lifeboot ${command.verb}'`,
    {
      hint: access === 'root' ? 'use sudo' : 'use sudo, or --state PATH for a state file of your own',
    },
  );
}

/** The access of the verb, except where one of its forms needs another. */
function accessOf(command: Command): Access {
  if (command.verb === 'state' && command.action === 'show') return 'read';
  if (command.verb === 'snapshot' && isLook(command)) return 'read';
  if (command.verb === 'tunnel' && command.action === 'setup') return 'root';
  if (command.verb === 'rescue' && command.action === 'retry') return 'root';
  if (command.verb === 'bootctl') return isWritingBootctl(command.words) ? 'write' : 'read';
  return specOf(command.verb).access;
}

/** Looking at the bases mounts them. */
function isLook(command: SnapshotCommand): boolean {
  return command.action === 'list' || (command.action === 'query' && !command.verify);
}

/** Two lines, always: what failed, and what to do. */
function fail(error: unknown, io: Io): number {
  const code = error instanceof BootError ? error.code : 'INTERNAL';
  const hint = error instanceof BootError ? error.hint : undefined;
  io.stderr(`lifeboot: ${describeError(error)}\nhint: ${hint ?? defaultHint(code)}\n`);
  return exitCodeOf(code);
}
