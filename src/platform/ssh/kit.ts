/**
 * What the ssh adapter works with: its files under /run/lifeboot, its limits, and the little it needs of the process.
 *
 * Types and constants. Only `main.ts` touches `process`, so what is needed of it is handed in here.
 */
import { join } from 'node:path';
import type { Machine } from '../../app/ports.ts';

/** What `main.ts` hands in of the running process. */
export interface SshHost {
  /** Becomes another program: `process.execve`. */
  readonly execve: (file: string, argv: readonly string[], env: Readonly<Record<string, string>>) => never;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** The process that becomes ssh. */
  readonly pid: number;
}

export interface SshPlaces {
  readonly control: string;
  /** What the running (or last) ssh said; `-E` of ssh. */
  readonly log: string;
  /** What the one before it said. */
  readonly lastLog: string;
  readonly pid: string;
  /** Which of the server's addresses the last run tried. */
  readonly target: string;
  /** The node's own host keys in the form of known_hosts. */
  readonly nodeHosts: string;
  /** Exists once the loop was seen in this boot; holds the forward it was seen for. */
  readonly loopSeen: string;
  /** Where this node's sshd keeps its host keys. */
  readonly hostKeyDir: string;
}

export interface SshLimits {
  /** A whole sample. */
  readonly totalMs: number;
  /** The server's answer to a channel. */
  readonly probeMs: number;
  /** Kept back from the loop's login for the one that finds out which end is to blame. */
  readonly blameMs: number;
  /** The unit waits 10 s between two runs; after `busy` that is too often for a server that still holds the port. */
  readonly busyPauseMs: number;
}

export const LIMITS: SshLimits = { totalMs: 28_000, probeMs: 15_000, blameMs: 6_000, busyPauseMs: 20_000 };

export interface Kit {
  readonly machine: Pick<Machine, 'monotonicMs' | 'sleep'>;
  readonly host: SshHost;
  readonly places: SshPlaces;
  readonly limits: SshLimits;
}

/** The files of the adapter, in `runDir`. */
export function sshPlaces(runDir = '/run/lifeboot', hostKeyDir = '/etc/ssh'): SshPlaces {
  return {
    control: join(runDir, 'tunnel.ctl'),
    log: join(runDir, 'tunnel.log'),
    lastLog: join(runDir, 'tunnel.log.1'),
    pid: join(runDir, 'tunnel.pid'),
    target: join(runDir, 'tunnel.target'),
    nodeHosts: join(runDir, 'node_hosts'),
    loopSeen: join(runDir, 'loop-seen'),
    hostKeyDir,
  };
}

/** A countdown over the programs of one sample, so that the whole has a limit and not only each part. */
export class Budget {
  readonly #kit: Pick<Kit, 'machine'>;
  readonly #endMs: number;

  constructor(kit: Pick<Kit, 'machine'>, totalMs: number) {
    this.#kit = kit;
    this.#endMs = kit.machine.monotonicMs() + totalMs;
  }

  /** Milliseconds for the next program: what is left, at most `mostMs`, at least a moment. */
  take(mostMs = Number.POSITIVE_INFINITY): number {
    return Math.round(Math.max(200, Math.min(mostMs, this.#endMs - this.#kit.machine.monotonicMs())));
  }
}
