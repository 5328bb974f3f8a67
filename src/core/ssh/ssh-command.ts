/**
 * The ssh command lines: the tunnel itself, what asks its master, and the near-end login.
 *
 * Pure. Invariants: `-F none` and pinned host keys everywhere; a host or user never begins with `-`; every path is
 * checked to be one that ssh takes as it stands.
 */
import type { TunnelConfig } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { formatForward, PLAIN_PATH, parseForward } from './ssh-forward.ts';
import { asArguments, chosenOptions, FIXED_OPTIONS } from './ssh-options.ts';
import type { TunnelTarget } from './tunnel-targets.ts';

/** A name that cannot resolve (RFC 6761): only the running master can answer for it. */
export const NOBODY = 'lifeboot.invalid';

const HOST = /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/;
const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.@+-]*$/;

export interface TunnelPlaces {
  /** The ssh program, an absolute path. */
  readonly ssh: string;
  readonly control: string;
  readonly log: string;
}

/**
 * The command that becomes the tunnel.
 * @param target which of the server's addresses; default: the first
 * @throws BootError CONFIG naming the key that ssh could not take
 */
export function tunnelCommand(
  tunnel: TunnelConfig,
  places: TunnelPlaces,
  target: TunnelTarget = { host: tunnel.host, alias: null },
): readonly string[] {
  checkTunnel(tunnel);
  return [
    places.ssh,
    ...['-F', 'none', '-N', '-T', '-n', '-M', '-S', places.control, '-E', places.log],
    ...asArguments({
      ...FIXED_OPTIONS,
      ControlPersist: 'no',
      ExitOnForwardFailure: 'yes',
      UserKnownHostsFile: tunnel.knownHosts,
      ...(tunnel.certificate === null ? {} : { CertificateFile: tunnel.certificate }),
      ...chosenOptions(tunnel.options),
      ...(target.alias === null ? {} : { HostKeyAlias: target.alias }),
    }),
    ...['-i', tunnel.identity, '-p', String(tunnel.port), '-l', tunnel.user],
    ...['-R', formatForward(parseForward(tunnel.forward)), '--', target.host],
  ];
}

/** A command for the running master, such as `-O cancel …`; without a master it fails at once and asks no name server. */
export function masterCommand(ssh: string, control: string, request: readonly string[]): readonly string[] {
  return [ssh, '-F', 'none', '-S', control, '-o', 'ProxyCommand=false', ...request, NOBODY];
}

/** Opens a channel through the master to a port where nobody listens: accepted or refused, only the server can answer. */
export function forwardProbe(ssh: string, control: string): readonly string[] {
  return masterCommand(ssh, control, ['-v', '-W', '127.0.0.1:1']);
}

export interface LoginPlaces {
  readonly ssh: string;
  /** The node's own host keys, under the name {@link NODE_ALIAS}. */
  readonly knownHosts: string;
  readonly identity: string;
}

/** The name under which the node's own host keys are listed. */
export const NODE_ALIAS = 'lifeboot-node';

/** The near-end login: one command, with the self-check key, at a host that must have the node's own host key. */
export function loginCommand(
  places: LoginPlaces,
  user: string,
  at: { readonly host: string; readonly port: number },
  connectSeconds: number,
): readonly string[] {
  return [
    places.ssh,
    ...['-F', 'none', '-v', '-T'],
    ...asArguments({
      ...FIXED_OPTIONS,
      ControlMaster: 'no',
      ControlPath: 'none',
      ClearAllForwardings: 'yes',
      UserKnownHostsFile: places.knownHosts,
      HostKeyAlias: NODE_ALIAS,
      ConnectTimeout: String(connectSeconds),
      ConnectionAttempts: '1',
    }),
    ...['-i', places.identity, '-p', String(at.port), '-l', user, '--', at.host, 'lifeboot proof --echo'],
  ];
}

/**
 * Checks what of `[tunnel]` reaches a command line.
 * @throws BootError CONFIG naming key, found and expected
 */
export function checkTunnel(tunnel: TunnelConfig): void {
  for (const host of [tunnel.host, ...tunnel.otherHosts]) {
    if (!HOST.test(host)) throw unusable('host', host, 'a host name or an address');
  }
  if (!USER.test(tunnel.user)) throw unusable('user', tunnel.user, 'a user name');
  if (!USER.test(tunnel.selfcheckUser)) throw unusable('selfcheck_user', tunnel.selfcheckUser, 'a user name');
  if (!Number.isInteger(tunnel.port) || tunnel.port < 1 || tunnel.port > 65_535) {
    throw unusable('port', String(tunnel.port), 'a number from 1 to 65535');
  }
  const paths: ReadonlyArray<readonly [string, string | null]> = [
    ['identity', tunnel.identity],
    ['certificate', tunnel.certificate],
    ['known_hosts', tunnel.knownHosts],
    ['selfcheck_key', tunnel.selfcheckKey],
  ];
  for (const [key, path] of paths) {
    if (path !== null && !PLAIN_PATH.test(path)) throw unusable(key, path, 'an absolute path of plain characters');
  }
  parseForward(tunnel.forward);
  chosenOptions(tunnel.options);
}

function unusable(key: string, found: string, expected: string): BootError {
  return new BootError('CONFIG', `[tunnel] ${key} is '${found}'; expected ${expected}`);
}
