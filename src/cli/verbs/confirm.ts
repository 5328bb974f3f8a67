/** `lifeboot confirm [--wait|--stopped]` and what it has to say at the end. */
import { confirmOnce, confirmStopped, confirmWait } from '../../app/confirm.ts';
import type { Sentence } from '../../app/give-verdict.ts';
import type { Ports } from '../../app/ports.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { makePaint, wrap } from '../render.ts';
import { formatChecks } from './check.ts';
import { exitOfSample, formatSample } from './tunnel.ts';

interface ConfirmCommand {
  readonly wait: boolean;
  readonly stopped: boolean;
  readonly dryRun: boolean;
}

export function runConfirm(command: ConfirmCommand, ports: Ports, io: Io): ExitCode {
  if (command.stopped) return runStopped(command.dryRun, ports, io);
  return command.wait && !command.dryRun ? reportSentence(confirmWait(ports), io) : lookOnce(ports, io);
}

function runStopped(dryRun: boolean, ports: Ports, io: Io): ExitCode {
  if (dryRun) {
    const isOpen = ports.run.readVerdict() === null;
    io.stdout(
      `${isOpen ? 'would give the attempt of this boot back' : 'would not hold it against this boot that it ends now'}\n`,
    );
    return EXIT.ok;
  }
  const isJudged = ports.run.readVerdict() !== null;
  const done = isJudged
    ? 'it is not held against this boot that it ends now'
    : 'the attempt of this boot was given back';
  io.stdout(`${confirmStopped(ports) ? done : 'nothing to change'}\n`);
  return EXIT.ok;
}

function lookOnce(ports: Ports, io: Io): ExitCode {
  const { verdict, checks, sample } = confirmOnce(ports);
  const paint = makePaint(io);
  const given = verdict === null ? [] : wrap(`${verdict.outcome} before: `, verdict.reason);
  io.stdout(`${[...given, ...formatChecks(checks, paint), ...formatSample(sample, paint)].join('\n')}\n`);
  if (verdict?.outcome === 'proven') return EXIT.ok;
  return checks.some(({ required, passed }) => required && !passed) ? EXIT.failed : exitOfSample(sample);
}

const NEXT = {
  stay: 'the slot is good, so the node stays on it',
  reboot: 'rebooting',
  deadline: 'the deadline of the boot stage decides what follows',
} as const;

/** Also for `proof BOOTID`. @returns 0 when proven, 69 when it is nobody's fault, else 1 */
export function reportSentence(sentence: Sentence, io: Io): ExitCode {
  const name = sentence.slot === null ? `boot ${sentence.bootId}` : `slot ${sentence.slot}`;
  switch (sentence.kind) {
    case 'proven':
      io.stdout(`${[`${name} is proven, at level ${sentence.level}`, ...sentence.notes].join('\n')}\n`);
      return EXIT.ok;
    case 'given':
      io.stdout(`${name} has its verdict: ${sentence.verdict.outcome}: ${sentence.verdict.reason}\n`);
      return exitOfOutcome(sentence.verdict.outcome);
    case 'verdict':
      io.stdout(`${name}: ${sentence.verdict.outcome}: ${sentence.verdict.reason}\n${NEXT[sentence.next]}\n`);
      return exitOfOutcome(sentence.verdict.outcome);
    default:
      return sentence satisfies never;
  }
}

function exitOfOutcome(outcome: string): ExitCode {
  if (outcome === 'proven') return EXIT.ok;
  return ['outage', 'busy', 'clock'].includes(outcome) ? EXIT.unavailable : EXIT.failed;
}
