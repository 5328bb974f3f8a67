/**
 * What the command line may print to: given by `main.ts`, which alone knows the process.
 *
 * Types only.
 */
import type { Ports } from '../app/ports.ts';

export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  readonly env: { readonly NO_COLOR?: string | undefined };
}

/** The options that every verb takes. */
export interface GlobalOptions {
  readonly configFile: string | null;
  readonly statePath: string | null;
}

/** Builds the adapters. Called once, after the arguments were understood, so that help and usage errors stay fast. */
export type MakePorts = (options: GlobalOptions) => Ports;
