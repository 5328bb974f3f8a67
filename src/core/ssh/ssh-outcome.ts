/**
 * Reads what ssh said (its log, its stderr) and tells in plain words what happened.
 *
 * Pure. The patterns are OpenSSH's own messages; the tests hold real ones, captured from runs of OpenSSH 9.2.
 * Invariant: a message nobody knows is still an outcome, never a success: what cannot be read proves nothing.
 */

/** Why there is no tunnel. `busy` and `clock` are nobody's fault here; everything else is `broken`. */
export interface TunnelTrouble {
  readonly kind: 'busy' | 'clock' | 'broken';
  readonly why: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly kind: TunnelTrouble['kind'];
  readonly say: (match: RegExpExecArray) => string;
}

const broken = (pattern: RegExp, say: Rule['say']): Rule => ({ pattern, kind: 'broken', say });

/** In order: the first that matches anywhere decides, so what is more specific comes first. */
const RULES: readonly Rule[] = [
  {
    pattern: /remote port forwarding failed for listen (port \d+|path \S+)/i,
    kind: 'busy',
    say: ([, what = '']) =>
      `the server refused the forward (${what}): an older connection may still hold it${left(what)}`,
  },
  {
    pattern: /certificate (?:invalid: |is |has )?(expired|not yet valid)/i,
    kind: 'clock',
    say: ([, how]) => `the server's host certificate was refused for its dates alone (${how}): check this node's clock`,
  },
  broken(
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for (\S+) has changed/,
    () => 'WRONG HOST KEY: the server has another host key than the one that is pinned',
  ),
  broken(/Certificate invalid: (.+)/, ([, how]) => `the server's host certificate was refused: ${how}`),
  broken(
    /No (\S+) host key is known for (\S+)/,
    ([, , host]) => `the host key of '${host}' is not pinned: known_hosts has no line for it`,
  ),
  broken(/Host key verification failed/, () => "the server's host key was refused"),
  broken(/Permission denied \(([^)]*)\)/, ([, how]) => `the server refused our key (it offers: ${how})`),
  broken(/Too many authentication failures/, () => 'the server refused our key (too many attempts)'),
  broken(/Bad permissions|UNPROTECTED PRIVATE KEY FILE/, () => 'ssh refused the private key: others can read it'),
  broken(/Load key "([^"]+)": (.+)/, ([, path, how]) => `ssh cannot use the key '${path}': ${how}`),
  broken(/Could not resolve hostname (\S+?): (.+)/, ([, host, how]) => `cannot resolve '${host}': ${how}`),
  broken(
    /connect to host (\S+) port (\d+): (.+)/,
    ([, host, port, how]) => `cannot connect to '${host}' port ${port}: ${how}`,
  ),
  broken(/Timeout, server (\S+) not responding/, ([, host]) => `server '${host}' stopped answering`),
  broken(
    /Connection timed out during banner exchange|Connection to \S+ port \d+ timed out/,
    () => 'the server took the connection but did not answer in time',
  ),
  broken(/Unable to negotiate with [^:]+: (.+)/, ([, how]) => `no common algorithm with the server: ${how}`),
  broken(/Bad configuration option: (\S+)/i, ([, name]) => `this ssh does not know the option '${name}'`),
  broken(
    /(?:Connection (?:closed|reset) by|kex_exchange_identification: |banner exchange: ).*/,
    ([all]) => `the server ended the connection (${all})`,
  ),
  broken(/client_loop: send disconnect: (.+)/, ([, how]) => `the connection broke (${how})`),
];

/** sshd leaves a socket's file behind when a connection ends, and does not take it over unless it is told to. */
function left(what: string): string {
  return what.startsWith('path') ? ", or left it behind (server's sshd_config: StreamLocalBindUnlink yes)" : '';
}

/** @returns the trouble that `said` tells of; null when it tells of none that is known */
export function readTrouble(said: string): TunnelTrouble | null {
  for (const { pattern, kind, say } of RULES) {
    const match = pattern.exec(said);
    if (match !== null) return { kind, why: say(match).trimEnd() };
  }
  return null;
}

/** What ssh said, without the lines that `-v` adds. */
export function withoutDebug(stderr: string): string {
  const isSaid = (line: string) =>
    !/^(debug\d|OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line) && line.trim() !== '';
  return stderr.split(/\r?\n/).filter(isSaid).join('\n');
}

/** The last line that ssh said, for a message when nothing better is known. */
export function lastLine(said: string): string | null {
  return (
    withoutDebug(said)
      .split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? null
  );
}

/** How a program ended, as `platform/exec.ts` tells it. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly trouble: string | null;
  readonly timedOut: boolean;
}

export type ProbeReading =
  /** The server itself accepted or refused the channel. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'noMaster' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unclear'; readonly why: string };

/**
 * Reads the forward probe (`-v -W 127.0.0.1:1` through the master). A channel that was accepted also ends, because its
 * input is empty; until it does, only bytes count: ssh before 7.4 said "session id" before the server had answered.
 */
export function readProbe(ended: Ended): ProbeReading {
  const { stderr } = ended;
  if (/Session open refused by peer/.test(stderr)) return { kind: 'answered' };
  if (ended.timedOut) return { kind: ended.stdout === '' ? 'silent' : 'answered' };
  if (/master session id: \d+/.test(stderr)) return { kind: 'answered' };
  if (/Control socket connect\(.*Permission denied/.test(stderr)) {
    return { kind: 'unclear', why: 'this user may not use the control socket (root may)' };
  }
  const isAlone = /Control socket connect\(|ControlPath .* does not exist|Could not resolve hostname|UNKNOWN port/;
  if (isAlone.test(stderr)) return { kind: 'noMaster' };
  return { kind: 'unclear', why: ended.trouble ?? lastLine(stderr) ?? `ssh ended with status ${ended.status}` };
}

/** Why a channel to the server's end of the forward was not opened, from the master's log. */
export type ChannelRefusal =
  /** The server says that it does not permit such channels. */
  | 'prohibited'
  /** The server tried, and nothing listens there. */
  | 'nobody'
  /** For a Unix socket OpenSSH says the same when it is not permitted and when there is no socket. */
  | 'unsaid';

/** @returns the last refusal in `log`, or null: no channel was refused */
export function readRefusal(log: string): ChannelRefusal | null {
  const last = [...log.matchAll(/channel \d+: open failed: (.+)/g)].at(-1)?.[1];
  if (last === undefined) return null;
  if (/^(administratively prohibited|unknown channel type)/.test(last)) return 'prohibited';
  return /^connect failed: open failed/.test(last) ? 'unsaid' : 'nobody';
}
