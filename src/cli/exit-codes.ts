/**
 * The exit codes of lifeboot, and which error leads to which.
 *
 * Pure. Scripts rely on these numbers: 0 to 3 are answers, the others are those of sysexits.h.
 */
import type { ErrorCode } from '../core/errors.ts';

export const EXIT = {
  /** Done, or true. */
  ok: 0,
  failed: 1,
  /** Everything was as asked already; nothing was written. */
  nothingToChange: 2,
  degraded: 3,
  usage: 64,
  badData: 65,
  unavailable: 69,
  /** Also AOSP's "false". */
  internal: 70,
  io: 74,
  notPermitted: 77,
  config: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  REFUSED: EXIT.failed,
  BAD_DATA: EXIT.badData,
  CONTENT: EXIT.badData,
  UNAVAILABLE: EXIT.unavailable,
  ABSENT: EXIT.unavailable,
  BUSY: EXIT.unavailable,
  TIMEOUT: EXIT.unavailable,
  INTERNAL: EXIT.internal,
  STATE_IO: EXIT.io,
  IO: EXIT.io,
  NOT_PERMITTED: EXIT.notPermitted,
  CONFIG: EXIT.config,
};

/** @returns the exit code for an error of this code */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXIT_OF[code];
}

/** What to do about an error that has no hint of its own. */
const HINT_OF: Readonly<Record<ErrorCode, string>> = {
  USAGE: 'lifeboot --help lists verbs and flags, lifeboot VERB --help explains one',
  REFUSED: "'lifeboot status' shows how things are",
  BAD_DATA: "'lifeboot why' and 'lifeboot state show' show what is recorded",
  CONTENT: "'lifeboot doctor' examines the devices",
  UNAVAILABLE: "'lifeboot doctor' shows what is missing",
  ABSENT: "'lifeboot doctor' shows which devices are there",
  BUSY: 'try again when the other command is done',
  TIMEOUT: 'try again; the kernel log may say what is stuck',
  INTERNAL: 'this is a fault in lifeboot; please report it with the command line',
  STATE_IO: 'look at the medium of the boot state in the kernel log',
  IO: 'look at the kernel log, and at free space',
  NOT_PERMITTED: 'run it as root',
  CONFIG: "'lifeboot doctor' shows what is wrong with the configuration",
};

export function defaultHint(code: ErrorCode): string {
  return HINT_OF[code];
}
