/**
 * The far end of a node's tunnel: a real OpenSSH server on loopback, and an operator who logs in to the node through it.
 *
 * Effects only. Invariants: the server has a configuration, host key and permitted key of its own, so nothing of this
 * host's own ssh is read or changed; both ends' host keys are pinned, so a login that works reached that very node.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { keyPair } from './keys.ts';

export interface LoginResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FarEnd {
  /** Where the server listens on 127.0.0.1. */
  readonly port: number;
  /** Runs a command line on the node, logged in as root through the tunnel; 255 when the login itself failed. */
  login(command: string, options?: { timeoutMs?: number; input?: string }): Promise<LoginResult>;
  stop(): Promise<void>;
}

/** Where the node's forward ends at the far end: a Unix socket, or a loopback TCP port. Fixed, as it is in images. */
export type ForwardEnd =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'port'; readonly port: number };

/** The far end's side of a named run's forward; short, because a socket's path has at most 107 bytes. */
export function socketEnd(name: string): ForwardEnd {
  return { kind: 'socket', path: `/run/lifeboot-far-end/${name}.sock` };
}

/** What `[tunnel] forward` says for that end. */
export function forwardOf(end: ForwardEnd): string {
  return `${end.kind === 'socket' ? end.path : `127.0.0.1:${end.port}`}:localhost:22`;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free loopback port');
  return address.port;
}

function serverConfig(dir: string, port: number): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${keyPair('far-end').path}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    'PidFile none',
    // The directory of a clone may be group-writable.
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'AllowTcpForwarding yes',
    'AllowStreamLocalForwarding yes',
    'StreamLocalBindUnlink yes',
    // A node that lost its power says no goodbye: forget it soon.
    'ClientAliveInterval 10',
    'ClientAliveCountMax 3',
    'UseDNS no',
    'LogLevel VERBOSE',
    '',
  ].join('\n');
}

/** Starts the server with its files in `dir` and waits until it listens; on the port of one that was stopped, if given. */
export async function startFarEnd(dir: string, end: ForwardEnd, usedPort?: number): Promise<FarEnd> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  mkdirSync('/run/sshd', { recursive: true });
  const port = usedPort ?? (await freePort());
  const known = join(dir, 'node_known_hosts');
  writeFileSync(join(dir, 'authorized_keys'), `restrict,port-forwarding ${keyPair('node-tunnel').publicText}\n`);
  writeFileSync(known, `node ${keyPair('node-host').publicText}\n`);
  writeFileSync(join(dir, 'sshd_config'), serverConfig(dir, port));
  if (end.kind === 'socket') {
    mkdirSync(dirname(end.path), { recursive: true, mode: 0o700 });
    rmSync(end.path, { force: true });
  }
  const sshd = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  sshd.stderr?.pipe(createWriteStream(join(dir, 'sshd.log'), { flags: 'a' }));
  await listening(sshd);
  const proxy = end.kind === 'port' ? `socat - TCP:127.0.0.1:${end.port}` : `socat - UNIX-CONNECT:${end.path}`;
  return {
    port,
    login: (command, options = {}) => login(proxy, known, command, options),
    stop: async () => {
      if (sshd.exitCode === null && sshd.signalCode === null) {
        const ended = once(sshd, 'exit');
        sshd.kill('SIGTERM');
        await ended;
      }
      if (end.kind === 'socket') rmSync(end.path, { force: true });
    },
  };
}

async function listening(sshd: ChildProcess): Promise<void> {
  const heard = new Promise<void>((resolve, reject) => {
    let said = '';
    sshd.stderr?.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('Server listening')) resolve();
    });
    sshd.on('error', reject);
    sshd.on('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
  });
  await heard;
}

function login(
  proxy: string,
  knownHosts: string,
  command: string,
  { timeoutMs = 60_000, input = '' }: { timeoutMs?: number; input?: string },
): Promise<LoginResult> {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', 'GlobalKnownHostsFile=none'];
  options.push(
    `UserKnownHostsFile=${knownHosts}`,
    'UpdateHostKeys=no',
    `ProxyCommand=${proxy}`,
    'ConnectTimeout=30',
    'LogLevel=ERROR',
  );
  const args = [
    '-F',
    'none',
    '-T',
    '-i',
    keyPair('operator').path,
    ...options.flatMap((option) => ['-o', option]),
    'root@node',
    command,
  ];
  return new Promise((resolve) => {
    const child = execFile(
      'ssh',
      args,
      { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ status, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** The line a node's known_hosts pins the far end with, under the name it uses for it. */
export function farEndKnownHosts(host: string): string {
  return `${host} ${keyPair('far-end').publicText}\n`;
}
