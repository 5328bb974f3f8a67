/**
 * Where the tunnel may connect: the server's names and addresses, in turn, all pinned by the key of the first.
 *
 * Pure. Invariant: whichever address answers, the host key is looked up under the name of the first: an address in the
 * list is a way to the server, never a reason to trust another one.
 */
import type { TunnelConfig } from '../config/config.ts';
import { readTrouble } from './ssh-outcome.ts';

export interface TunnelTarget {
  readonly host: string;
  /** The name that the host key is pinned for; null: `host` itself, as ssh looks it up. */
  readonly alias: string | null;
}

/**
 * The targets in the order in which they are tried.
 *
 * With a port other than 22, `known_hosts` has `[NAME]:PORT` for a key and may have plain NAME for an authority, and
 * `HostKeyAlias` is taken literally: so both spellings have their turn, and a wrong one is refused like any unknown host.
 */
export function tunnelTargets(tunnel: TunnelConfig): readonly TunnelTarget[] {
  const { host, otherHosts, port, options } = tunnel;
  const hasOwnAlias = options.some((line) => /^hostkeyalias=/i.test(line));
  const aliases = hasOwnAlias ? [null] : port === 22 ? [host] : [`[${host}]:${port}`, host];
  const others = otherHosts.flatMap((other) => aliases.map((alias): TunnelTarget => ({ host: other, alias })));
  return [{ host, alias: null }, ...others];
}

/**
 * Which target has its turn.
 * @param last the one of the last run, or null: this is the first
 * @param said what ssh said in that run
 */
export function nextTarget(count: number, last: number | null, said: string): number {
  if (last === null || !Number.isInteger(last) || last < 0 || last >= count) return 0;
  return gotThrough(said) ? last : (last + 1) % count;
}

/** What ssh says only once it was let in; at our log level an ordinary connection says nothing at all. */
const AFTER_LOGIN =
  /^(Allocated port \d+ for remote forward|client_loop: send disconnect|Timeout, server .* not responding|Connection to .* closed by remote host)/m;

/** The server let us in: what ended that run later says nothing against the way to it. */
function gotThrough(said: string): boolean {
  return said.trim() === '' || readTrouble(said)?.kind === 'busy' || AFTER_LOGIN.test(said);
}
