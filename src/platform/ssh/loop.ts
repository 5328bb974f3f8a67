/**
 * The loop: from this node through the master to the server's end of the forward, and back through the tunnel into
 * this node's own sshd.
 *
 * Runs ssh. The master listens on a loopback address of its own for as long as the login takes (`-O forward -L`), both
 * for TCP and for Unix-socket forwards: `-W` takes no socket path, and a local socket would need a program that speaks
 * to it, which a small system does not have. Invariant: that the listener exists proves nothing; the login does.
 */
import { statSync, writeFileSync } from 'node:fs';
import type { TunnelConfig } from '../../core/config/config.ts';
import { masterCommand } from '../../core/ssh/ssh-command.ts';
import { bracketed, type Forward, formatForward, formatRemote, type RemoteEnd } from '../../core/ssh/ssh-forward.ts';
import type { LoginReading } from '../../core/ssh/ssh-login.ts';
import { type ChannelRefusal, lastLine, readRefusal } from '../../core/ssh/ssh-outcome.ts';
import { tryProgram } from '../exec.ts';
import { readIfThere } from './files.ts';
import type { Budget, Kit } from './kit.ts';
import { logIn } from './near-end.ts';

export type LoopReading =
  | { readonly kind: 'proven'; readonly notes: readonly string[] }
  /** The server does not open channels to its own end of the forward: weaker evidence must do. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** A loopback address that nobody else uses. */
const LISTEN_ADDRESS = '127.76.66.1';
const MASTER_MS = 5_000;

/** Logs in by way of the server. */
export function lookThroughLoop(
  kit: Kit,
  ssh: string,
  tunnel: TunnelConfig,
  forward: Forward,
  bootId: string,
  budget: Budget,
): LoopReading {
  const ask = (request: readonly string[]) =>
    tryProgram(masterCommand(ssh, kit.places.control, request), { timeoutMs: budget.take(MASTER_MS) });
  const { remote } = forward;
  const isAllocated = remote.kind === 'port' && remote.port === 0;
  const port = isAllocated ? learnPort(ask(['-O', 'forward', '-R', formatForward(forward)]).stdout) : null;
  if (isAllocated && port === null) {
    return { kind: 'failed', why: 'the master does not say which port the server chose' };
  }
  const [end, other] = serverEnds(remote, port);
  const first = lookAt(end);
  if (first.kind !== 'nobody' || other === undefined) return asReading(first, remote);
  const second = lookAt(other);
  if (second.kind !== 'proven') return asReading(first, remote);
  return { kind: 'proven', notes: [`the server listens at '${other}' instead of '${end}' (its GatewayPorts)`] };

  function lookAt(serverEnd: string): Attempt {
    const logFrom = sizeOf(kit.places.log);
    for (const listenPort of listenPorts(kit.host.pid)) {
      const listener = `${LISTEN_ADDRESS}:${listenPort}:${serverEnd}`;
      const opened = ask(['-O', 'forward', '-L', listener]);
      if (opened.status !== 0 && !opened.timedOut) continue;
      try {
        const at = { host: LISTEN_ADDRESS, port: listenPort };
        const limitMs = Math.max(1_000, budget.take() - kit.limits.blameMs);
        const login = logIn(kit, ssh, tunnel, bootId, at, 'the far end of the tunnel', limitMs);
        return judge(kit, tunnel, remote, login, readRefusal(newText(kit.places.log, logFrom)));
      } finally {
        ask(['-O', 'cancel', '-L', listener]);
      }
    }
    return { kind: 'failed', why: `the master cannot listen at ${LISTEN_ADDRESS} (is 'lo' up?)` };
  }
}

/** Ports to try, different for two looks at the same time: one must not cancel the other's. */
function listenPorts(pid: number): readonly number[] {
  const first = 10_000 + (pid % 9_000) * 3;
  return [first, first + 1, first + 2];
}

/** The master answers a request for a forward it already has with the port that the server allocated. */
function learnPort(printed: string): number | null {
  const port = Number(lastLine(printed) ?? Number.NaN);
  return Number.isInteger(port) && port > 0 ? port : null;
}

/**
 * Where the server itself finds its end. One without an address, or for all of them, is on its loopback too; and so is
 * one with an address on a server that does not let clients choose (sshd's GatewayPorts).
 */
function serverEnds(remote: RemoteEnd, allocatedPort: number | null): readonly [string, ...string[]] {
  if (remote.kind === 'socket') return [formatRemote(remote)];
  const local = `localhost:${allocatedPort ?? remote.port}`;
  if (remote.address === null || ['*', '0.0.0.0', '::', 'localhost'].includes(remote.address)) return [local];
  return [`${bracketed(remote.address)}:${allocatedPort ?? remote.port}`, local];
}

/** One way to the server's end. */
type Attempt = { readonly kind: 'proven' | 'nobody' } | { readonly kind: 'refused' | 'failed'; readonly why: string };

function judge(
  kit: Kit,
  tunnel: TunnelConfig,
  remote: RemoteEnd,
  login: LoginReading,
  refusal: ChannelRefusal | null,
): Attempt {
  if (login.kind === 'proven') {
    if (readIfThere(kit.places.loopSeen) !== tunnel.forward) writeFileSync(kit.places.loopSeen, tunnel.forward);
    return { kind: 'proven' };
  }
  if (refusal === null) return { kind: 'failed', why: login.why };
  if (refusal === 'prohibited') return { kind: 'refused', why: 'the server permits remote forwards only' };
  // A Unix socket: "not permitted" and "no such socket" are the same words. What worked in this boot is permitted.
  const isKnown = remote.kind === 'port' || readIfThere(kit.places.loopSeen) === tunnel.forward;
  if (refusal === 'nobody' || isKnown) return { kind: 'nobody' };
  return {
    kind: 'refused',
    why: 'the server permits remote forwards only (or its socket is gone: it does not say which)',
  };
}

function asReading(attempt: Attempt, remote: RemoteEnd): LoopReading {
  switch (attempt.kind) {
    case 'proven':
      return { kind: 'proven', notes: [] };
    case 'nobody':
      return { kind: 'failed', why: `nobody listens at the server's end of the forward ('${formatRemote(remote)}')` };
    default:
      return { kind: attempt.kind, why: attempt.why };
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function newText(path: string, from: number): string {
  return Buffer.from(readIfThere(path) ?? '', 'utf8')
    .subarray(from)
    .toString('utf8');
}
