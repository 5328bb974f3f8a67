/**
 * A node and its far end, both with a real sshd, joined by a veth pair: 10.77.0.1 here, 10.77.0.2 in the far network.
 *
 * Only inside the private world. The node's accounts, PAM rules, host keys and /run are its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tunnel } from '../../../../src/app/ports.ts';
import type { TunnelConfig } from '../../../../src/core/config/config.ts';
import type { SshLimits } from '../../../../src/platform/ssh/kit.ts';
import { openSshTunnel } from '../../../../src/platform/ssh/open-ssh.ts';
import { must, sleepMs, until } from './private-world.ts';
import { isGone, isListening, readlinkOr } from './proc.ts';

export const FAR = '10.77.0.2';
export const BOOT_ID = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
const FAR_MAC = '02:00:00:00:00:02';

/** What the far sshd permits; `remote` is the field fleets' setting. */
export type Permits = 'all' | 'remote';

export class SshWorld {
  /** On the private /run: gone with the world. */
  readonly dir: string = '/run/world';
  readonly tunnelPort: Tunnel;
  #nodeSshd: ChildProcess | null = null;
  #farSshd: ChildProcess | null = null;
  #tunnel: ChildProcess | null = null;
  #farArguments: readonly string[] = [];

  constructor(limits?: SshLimits) {
    this.#makeNode();
    this.#makeNetwork();
    const machine = { monotonicMs: () => performance.now(), sleep: sleepMs };
    const execve = (): never => {
      throw new Error('a test never becomes ssh');
    };
    const host = { execve, env: process.env, uid: 0, pid: process.pid };
    this.tunnelPort = openSshTunnel(machine, host, limits === undefined ? {} : { limits });
    this.tunnelPort.setUp(this.config('0:localhost:22'));
    this.startNodeSshd();
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  config(forward: string, change: Partial<TunnelConfig> = {}): TunnelConfig {
    return {
      host: FAR,
      port: 2200,
      user: 'root',
      identity: this.path('tunnel_key'),
      certificate: null,
      knownHosts: this.path('known_hosts'),
      forward,
      proof: 'auto',
      options: [],
      selfcheckKey: this.path('selfcheck_key'),
      selfcheckUser: 'root',
      ...change,
    };
  }

  #makeNode(): void {
    const key = (name: string) => must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', name);
    must('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/run');
    for (const name of ['/run/sshd', '/run/lifeboot', this.dir, this.path('home'), this.path('bin')])
      mkdirSync(name, { mode: 0o755 });
    must('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/etc/ssh');
    key('/etc/ssh/ssh_host_ed25519_key');
    for (const name of ['tunnel_key', 'far_host_key', 'other_host_key']) key(this.path(name));
    this.pin('far_host_key');
    this.setShell('/bin/bash');
    copyFileSync('/etc/pam.d/sshd', this.path('pam'));
    must('mount', '--bind', this.path('pam'), '/etc/pam.d/sshd');
    this.setPam({ account: 'permit', session: 'permit' });
    const echo = join(import.meta.dirname, 'echo-main.ts');
    writeFileSync(this.path('bin/lifeboot'), `#!/bin/sh\nexec '${process.execPath}' '${echo}' "$@"\n`, { mode: 0o755 });
  }

  #makeNetwork(): void {
    must('ip', 'link', 'set', 'lo', 'up');
    must('ip', 'netns', 'add', 'far');
    must('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns', 'far');
    must('ip', '-n', 'far', 'link', 'set', 'v1', 'address', FAR_MAC);
    must('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'v0');
    must('ip', 'link', 'set', 'v0', 'up');
    for (const device of ['lo', 'v1']) must('ip', '-n', 'far', 'link', 'set', device, 'up');
    must('ip', '-n', 'far', 'addr', 'add', `${FAR}/24`, 'dev', 'v1');
    // Known for ever, so that a link that drops packets does not turn into "no route to host".
    must('ip', 'neigh', 'replace', FAR, 'lladdr', FAR_MAC, 'dev', 'v0', 'nud', 'permanent');
  }

  /** Pins the server's host key: that of `name`. */
  pin(name: string): void {
    const key = readFileSync(this.path(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    writeFileSync(this.path('known_hosts'), `[${FAR}]:2200 ${key}\n`);
  }

  /** Gives root this shell, and the test's home directory. */
  setShell(shell: string): void {
    const rest = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('root:'));
    const isBound = readFileSync('/proc/self/mountinfo', 'utf8').includes(' /etc/passwd ');
    writeFileSync(this.path('passwd'), [`root:x:0:0:root:${this.path('home')}:${shell}`, ...rest].join('\n'));
    if (!isBound) must('mount', '--bind', this.path('passwd'), '/etc/passwd');
  }

  /** Writes the PAM rules of the node's sshd. */
  setPam(rules: { readonly account: 'permit' | 'deny'; readonly session: 'permit' | 'deny' }): void {
    const lines = [`account required pam_${rules.account}.so`, `session required pam_${rules.session}.so`];
    writeFileSync('/etc/pam.d/sshd', `auth required pam_deny.so\n${lines.join('\n')}\n`);
  }

  startNodeSshd(): void {
    const config = this.path('node.conf');
    const path = `${this.path('bin')}:/usr/local/bin:/usr/bin:/bin`;
    writeFileSync(
      config,
      `Port 22\nListenAddress 127.0.0.1\nHostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM yes\nPermitRootLogin prohibit-password\nStrictModes no\nSetEnv PATH=${path}\n`,
    );
    this.#nodeSshd = this.#spawn('node-sshd.log', ['/usr/sbin/sshd', '-D', '-e', '-f', config]);
    until("the node's sshd listens", () => isListening('/proc/net/tcp', 22));
  }

  stopNodeSshd(): void {
    this.#end(this.#nodeSshd);
    until("the node's sshd is gone", () => !isListening('/proc/net/tcp', 22));
  }

  /** Starts the far sshd anew; the old one and its connections go. */
  startFarSshd(permits: Permits, more = ''): void {
    this.stopFarSshd();
    copyFileSync(this.path('tunnel_key.pub'), this.path('far_keys'));
    const config = this.path('far.conf');
    const allowed = permits === 'all' ? 'yes' : 'remote';
    writeFileSync(
      config,
      `Port 2200\nListenAddress ${FAR}\nHostKey ${this.path('far_host_key')}\nUsePAM no\nPermitRootLogin yes\nStrictModes no\nPidFile none\nAuthorizedKeysFile ${this.path('far_keys')}\nAllowTcpForwarding ${allowed}\nAllowStreamLocalForwarding ${allowed}\n${more}\n`,
    );
    this.#farArguments = ['nsenter', '--net=/run/netns/far', '/usr/sbin/sshd', '-D', '-e', '-f', config];
    this.#farSshd = this.#spawn('far-sshd.log', this.#farArguments);
    until('the far sshd listens', () => isListening(`/proc/${this.#farSshd?.pid}/net/tcp`, 2200));
  }

  stopFarSshd(): void {
    for (const pid of this.farPids()) process.kill(pid, 'SIGKILL');
    this.#farSshd = null;
  }

  /** All processes in the far network: its sshd and one or two for each connection. */
  farPids(): readonly number[] {
    const far = readlinkOr('/proc/self/ns/net');
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter(
        (pid) => readlinkOr(`/proc/${pid}/ns/net`) !== far && readlinkOr(`/proc/${pid}/exe`)?.endsWith('sshd') === true,
      )
      .map(Number);
  }

  /** Cuts the link without a sound: packets go out and vanish. */
  dropPackets(): void {
    must('ip', '-n', 'far', 'addr', 'del', `${FAR}/24`, 'dev', 'v1');
  }

  passPackets(): void {
    must('ip', '-n', 'far', 'addr', 'add', `${FAR}/24`, 'dev', 'v1');
  }

  /** Starts the tunnel as the unit does. @returns its process, which becomes ssh */
  startTunnel(config: TunnelConfig): ChildProcess {
    const main = join(import.meta.dirname, 'tunnel-main.ts');
    this.#tunnel = this.#spawn('tunnel.out', [process.execPath, main, JSON.stringify(config)]);
    return this.#tunnel;
  }

  /** Starts the tunnel and waits for its control socket, which ssh makes once it is let in. */
  openTunnel(config: TunnelConfig): ChildProcess {
    const process = this.startTunnel(config);
    until('the tunnel is up', () => readdirSync('/run/lifeboot').includes('tunnel.ctl'));
    return process;
  }

  stopTunnel(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#end(this.#tunnel, signal);
    this.#tunnel = null;
  }

  sample(config: TunnelConfig): ReturnType<Tunnel['sample']> {
    const fromMs = performance.now();
    const sample = this.tunnelPort.sample(config, BOOT_ID);
    const seconds = ((performance.now() - fromMs) / 1000).toFixed(1);
    console.log(`  ${config.forward} ${config.proof}: ${JSON.stringify(sample)} in ${seconds} s`);
    if (Number(seconds) > 30) throw new Error(`a sample took ${seconds} s`);
    return sample;
  }

  log(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  #spawn(log: string, argv: readonly string[]): ChildProcess {
    const [program = '', ...args] = argv;
    appendFileSync(this.path(log), '');
    const out = openSync(this.path(log), 'a');
    const child = spawn(program, args, { stdio: ['ignore', out, out] });
    // The end of the file is the end of the world: nothing is waited for.
    child.unref();
    return child;
  }

  #end(child: ChildProcess | null, signal: NodeJS.Signals = 'SIGTERM'): void {
    if (child?.pid === undefined) return;
    const pid = child.pid;
    process.kill(pid, signal);
    until(`process ${pid} ends`, () => isGone(pid));
  }
}
