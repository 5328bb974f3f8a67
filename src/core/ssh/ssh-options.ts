/**
 * Which ssh options lifeboot fixes, and which the configuration may add.
 *
 * Pure. Invariant: nothing in the configuration can weaken whom we trust or what ssh runs: an option that is not on
 * the list is refused by name, because a tunnel that trusts the wrong server is worse than none.
 */
import { BootError } from '../errors.ts';

/** Fixed for every ssh that lifeboot starts: no user or system configuration, no questions, no agent, no first-use trust. */
export const FIXED_OPTIONS: Readonly<Record<string, string>> = {
  BatchMode: 'yes',
  StrictHostKeyChecking: 'yes',
  GlobalKnownHostsFile: 'none',
  UpdateHostKeys: 'no',
  CheckHostIP: 'no',
  VerifyHostKeyDNS: 'no',
  IdentitiesOnly: 'yes',
  IdentityAgent: 'none',
  PreferredAuthentications: 'publickey',
  PasswordAuthentication: 'no',
  KbdInteractiveAuthentication: 'no',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  PermitLocalCommand: 'no',
  LogLevel: 'INFO',
};

/** What an operator may tune, with our default where we have one; a value may hold no blank or quote. */
export const TUNABLE_OPTIONS: Readonly<Record<string, string | null>> = {
  AddressFamily: null,
  BindAddress: null,
  BindInterface: null,
  CASignatureAlgorithms: null,
  Ciphers: null,
  Compression: null,
  ConnectionAttempts: '1',
  ConnectTimeout: '20',
  HostKeyAlgorithms: null,
  HostKeyAlias: null,
  IPQoS: null,
  KexAlgorithms: null,
  MACs: null,
  PubkeyAcceptedAlgorithms: null,
  PubkeyAcceptedKeyTypes: null,
  RekeyLimit: null,
  RequiredRSASize: null,
  ServerAliveCountMax: '3',
  ServerAliveInterval: '15',
  TCPKeepAlive: 'yes',
};

const VALUE = /^[A-Za-z0-9_.,:@%+^*/-]+$/;

/**
 * The tunable options with their defaults, overlaid by the configuration's `Name=value` lines (names in any case).
 * @throws BootError CONFIG naming an option that is malformed or not on the list
 */
export function chosenOptions(lines: readonly string[]): Readonly<Record<string, string>> {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(TUNABLE_OPTIONS)) if (value !== null) chosen[name] = value;
  for (const line of lines) {
    const at = line.indexOf('=');
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1);
    const known = Object.keys(TUNABLE_OPTIONS).find((each) => each.toLowerCase() === name.toLowerCase());
    if (known === undefined) throw refused(name);
    if (!VALUE.test(value)) {
      throw new BootError(
        'CONFIG',
        `[tunnel] options has '${line}'; expected '${known}=VALUE', a value without blanks`,
      );
    }
    chosen[known] = value;
  }
  return chosen;
}

/** `options` as ssh's arguments. */
export function asArguments(options: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function refused(name: string): BootError {
  return new BootError('CONFIG', `[tunnel] options has '${name}', which may not be set there`, {
    hint: `these may: ${Object.keys(TUNABLE_OPTIONS).join(', ')}`,
  });
}
