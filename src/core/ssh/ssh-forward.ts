/**
 * Reads `[tunnel] forward`: which end the server opens for us, and what on this node it leads to.
 *
 * Pure. Invariant: what comes out holds no character that ssh would expand (`%`, `$`, `~`) or split at, so the text
 * that was checked is the text that ssh uses.
 */
import { BootError } from '../errors.ts';

/** The server's end: a TCP port (0: the server chooses) at an address, or the path of a Unix socket. */
export type RemoteEnd =
  | { readonly kind: 'port'; readonly address: string | null; readonly port: number }
  | { readonly kind: 'socket'; readonly path: string };

export interface Forward {
  readonly remote: RemoteEnd;
  /** Where the tunnel ends on this node, normally its own sshd. */
  readonly target: { readonly host: string; readonly port: number };
}

/** A path that ssh takes as it stands: absolute, and nothing that is expanded, quoted or split. */
export const PLAIN_PATH = /^\/[A-Za-z0-9_.,@+=/-]*$/;

const HOST_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;

/**
 * Parses `REMOTE:HOST:PORT`; REMOTE is `0`, `PORT`, `ADDRESS:PORT` or `/path/of/socket`. IPv6 addresses stand in brackets.
 * @throws BootError CONFIG naming the key, what was found and what was expected
 */
export function parseForward(text: string): Forward {
  const parts = text.match(/\[[^\]]*\]|[^:[\]]+|(?<=^|:)(?=:|$)/g) ?? [];
  if (joined(parts) !== text || parts.length < 3 || parts.length > 4) throw malformed(text);
  const [host = '', port = ''] = parts.slice(-2);
  return {
    remote: readRemote(parts.slice(0, -2), text),
    target: { host: readHost(host, text), port: readPort(port, 1, text) },
  };
}

/** The server's end as ssh's `-R` and `-L` write it. */
export function formatRemote(remote: RemoteEnd): string {
  if (remote.kind === 'socket') return remote.path;
  return remote.address === null ? String(remote.port) : `${bracketed(remote.address)}:${remote.port}`;
}

/** The whole forward as ssh's `-R` takes it. */
export function formatForward(forward: Forward): string {
  return `${formatRemote(forward.remote)}:${bracketed(forward.target.host)}:${forward.target.port}`;
}

/** `ADDRESS` with brackets around it when it needs them. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function joined(parts: readonly string[]): string {
  return parts.join(':');
}

function readRemote(parts: readonly string[], text: string): RemoteEnd {
  const [first = '', second] = parts;
  if (second !== undefined) {
    const address = first === '' || first === '*' ? '*' : readHost(first, text);
    return { kind: 'port', address, port: readPort(second, 0, text) };
  }
  if (!first.startsWith('/')) return { kind: 'port', address: null, port: readPort(first, 0, text) };
  if (!PLAIN_PATH.test(first)) throw malformed(text);
  return { kind: 'socket', path: first };
}

function readHost(part: string, text: string): string {
  const inner = /^\[(.*)\]$/.exec(part)?.[1];
  if (inner !== undefined ? IPV6.test(inner) : HOST_NAME.test(part)) return inner ?? part;
  throw malformed(text);
}

function readPort(part: string, least: number, text: string): number {
  const port = /^\d{1,5}$/.test(part) ? Number(part) : -1;
  if (port < least || port > 65_535) throw malformed(text);
  return port;
}

function malformed(text: string): BootError {
  return new BootError(
    'CONFIG',
    `[tunnel] forward is '${text}'; expected REMOTE:HOST:PORT, where REMOTE is 0, a port, ADDRESS:PORT or the path of a socket`,
    { hint: `for example "0:localhost:22" or "/home_dirs/node-W023/rtun.sock:localhost:22"` },
  );
}
