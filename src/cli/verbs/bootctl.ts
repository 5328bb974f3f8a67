/**
 * `lifeboot bootctl`: AOSP's verbs, output and exit codes.
 *
 * Prints through `io`. Invariant: only 0, 64 and 70 ever come back, whatever went wrong beneath.
 */
import {
  getActiveBootSlot,
  getCurrentSlot,
  getSnapshotMergeStatus,
  isSlotBootable,
  isSlotMarkedSuccessful,
  markBootSuccessful,
  setActiveBootSlot,
  setSlotAsUnbootable,
  setSnapshotMergeStatus,
} from '../../app/bootctl.ts';
import type { Ports } from '../../app/ports.ts';
import { describeError } from '../../core/errors.ts';
import { listNumberedSlots, MERGE_STATUSES, parseSlotNumber, slotSuffix } from '../../core/operate/slot-numbers.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';

/** What a verb answers: a line of output, nothing, or true and false as exit codes. */
type Answer = string | undefined | boolean;

interface Verb {
  /** `SLOT`, `STAT`, or nothing. */
  readonly takes: 'SLOT' | 'STAT' | '';
  readonly does: string;
  run(ports: Ports, word: string): Answer;
}

const bySlot = (run: (ports: Ports, slot: number) => Answer): Verb['run'] => {
  return (ports, word) => run(ports, parseSlotNumber(word) ?? 0);
};

/** A verb that prints nothing and has no answer but its end. */
function silently<T>(work: (ports: Ports, operand: T) => void): (ports: Ports, operand: T) => undefined {
  return (ports, operand) => {
    work(ports, operand);
  };
}

const VERBS: Readonly<Record<string, Verb>> = {
  'hal-info': {
    takes: '',
    does: 'print which boot control interface this is',
    run: () => 'HAL Version: android.hardware.boot@1.2::IBootControl',
  },
  'get-number-slots': {
    takes: '',
    does: 'print how many slots there are',
    run: (ports) => String(listNumberedSlots(ports.config.load().config).length),
  },
  'get-current-slot': { takes: '', does: 'print the running SLOT', run: (ports) => String(getCurrentSlot(ports)) },
  'get-active-boot-slot': {
    takes: '',
    does: 'print the SLOT that the next boot enters',
    run: (ports) => String(getActiveBootSlot(ports)),
  },
  'mark-boot-successful': { takes: '', does: 'mark the running slot good', run: silently(markBootSuccessful) },
  'set-active-boot-slot': { takes: 'SLOT', does: 'boot SLOT next', run: bySlot(silently(setActiveBootSlot)) },
  'set-slot-as-unbootable': { takes: 'SLOT', does: 'mark SLOT bad', run: bySlot(silently(setSlotAsUnbootable)) },
  'is-slot-bootable': { takes: 'SLOT', does: 'end with 0 only if SLOT can be booted', run: bySlot(isSlotBootable) },
  'is-slot-marked-successful': {
    takes: 'SLOT',
    does: 'end with 0 only if SLOT is good',
    run: bySlot(isSlotMarkedSuccessful),
  },
  'get-suffix': {
    takes: 'SLOT',
    does: 'print the suffix of SLOT',
    run: bySlot((ports, slot) => slotSuffix(ports.config.load().config, slot)),
  },
  'set-snapshot-merge-status': {
    takes: 'STAT',
    does: `remember STAT: ${MERGE_STATUSES.join(', ')}`,
    run: silently((ports, word) =>
      setSnapshotMergeStatus(ports, MERGE_STATUSES.find((status) => status === word) ?? 'none'),
    ),
  },
  'get-snapshot-merge-status': { takes: '', does: 'print what was remembered', run: getSnapshotMergeStatus },
};

export function runBootctl(command: { readonly words: readonly string[] }, ports: Ports, io: Io): ExitCode {
  const [name = '', word = ''] = command.words;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  const trouble = verb === undefined ? whatIsUnknown(name) : whatIsWrong(verb, word);
  if (verb === undefined || trouble !== null) {
    io.stderr(`bootctl: ${trouble ?? ''}\n${formatUsage()}`);
    return EXIT.usage;
  }
  try {
    return report(verb.run(ports, word), io);
  } catch (error) {
    io.stderr(`bootctl: ${name} failed: ${describeError(error)}\n`);
    return EXIT.internal;
  }
}

function report(answer: Answer, io: Io): ExitCode {
  if (typeof answer === 'string') io.stdout(`${answer}\n`);
  return answer === false ? EXIT.internal : EXIT.ok;
}

function whatIsUnknown(name: string): string {
  return name === '' ? 'no verb given' : `unknown verb '${name}'`;
}

/** Another than AOSP: a word that is no number is refused, where AOSP would take it for slot 0. */
function whatIsWrong(verb: Verb, word: string): string | null {
  if (verb.takes === '') return null;
  if (word === '') return `${verb.takes} is missing`;
  if (verb.takes === 'SLOT') return parseSlotNumber(word) === null ? `'${word}' is no slot number` : null;
  return MERGE_STATUSES.some((status) => status === word) ? null : `'${word}' is no merge status`;
}

function formatUsage(): string {
  const width = 34;
  const verbs = Object.entries(VERBS).map(([name, { takes, does }]) => `  ${`${name} ${takes}`.padEnd(width)}${does}`);
  return ['', 'usage: bootctl VERB', '', ...verbs, '', 'SLOT is a number, counted from 0.', ''].join('\n');
}
