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

/** What the arguments say of the machine: where its parts are. */
export interface PortsOptions {
  /** `--config FILE`, or null: /etc/lifeboot/lifeboot.toml. */
  readonly configFile: string | null;
  /** `--state PATH`, or null: what the configuration names. The lock must then be one that the caller may take. */
  readonly statePath: string | null;
  /** Where `boot` assembles the new root. */
  readonly newRoot: string | null;
}

/** Builds the adapters. Called once, after the arguments were understood, so that help and usage errors stay fast. */
export type MakePorts = (options: PortsOptions) => Ports;
