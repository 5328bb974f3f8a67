/**
 * The one error class of lifeboot and its closed list of codes.
 *
 * Pure. Invariant: a message names the action and quotes the object, `hint` says what a person can do,
 * and the `cause` is never dropped: an operator has only this text, thousands of kilometres away.
 */
export type ErrorCode =
  | 'USAGE'
  | 'BAD_DATA'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  | 'STATE_IO'
  | 'IO'
  | 'NOT_PERMITTED'
  | 'CONFIG'
  | 'TIMEOUT'
  | 'BUSY'
  /** A device that was not found within the wait. */
  | 'ABSENT'
  /** A device is there, but what it holds cannot be booted (no file system, no init, unreadable files). */
  | 'CONTENT'
  /** Understood, but not allowed as things are: the command fails and nothing was written. */
  | 'REFUSED';

export interface ErrorDetail {
  readonly cause?: unknown;
  readonly hint?: string;
}

export class BootError extends Error {
  override readonly name = 'BootError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, 'cause' in detail ? { cause: detail.cause } : undefined);
    this.code = code;
    this.hint = detail.hint;
  }
}

/** The message of anything that was thrown, with the messages of its causes behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
}
