/**
 * A node in rescue and its far end, each with a network of its own, and wired ports between them. Only in a private world.
 *
 * The node is this namespace: its own /run, /etc, /root and /sys, the shell files of the boot path, and what a builder
 * would bake. The far end has an sshd, a DHCP server with router advertisements, and an operator.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { rescueCommands } from '../../../src/core/rescue/rescue-commands.ts';
import { must, until } from '../tunnel/support/private-world.ts';
import { isGone } from '../tunnel/support/proc.ts';
import { start } from '../tunnel/support/programs.ts';

const BOOT_DIR = resolve(import.meta.dirname, '../../../initramfs/boot');
const DIR = '/run/world';
export const NAME = 'bastion.example.org';

const PREPARE = `
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs -o mode=700 none /root
mount -t sysfs none /sys
mkdir -p /run/etc.upper /run/etc.work /run/world /run/lifeboot /run/netns
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc.upper,workdir=/run/etc.work overlay /etc
ip netns add far
ip -n far link set lo up
`;

export interface Login {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export class RescueWorld {
  readonly log: string = join(DIR, 'console');
  #rescue: ChildProcess | null = null;
  #dhcp: ChildProcess | null = null;

  constructor() {
    must('sh', '-ec', PREPARE);
    for (const name of ['far_host', 'other_host', 'tunnel', 'operator', 'rescue_host']) {
      must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(DIR, name));
    }
  }

  /** A wired port of the node that ends at the far end, which has `addresses` on it. */
  addPort(name: string, ...addresses: readonly string[]): void {
    must('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `far-${name}`, 'netns', 'far');
    for (const address of addresses) must('ip', '-n', 'far', 'addr', 'add', address, 'dev', `far-${name}`, 'nodad');
    must('ip', '-n', 'far', 'link', 'set', `far-${name}`, 'up');
  }

  removePort(name: string): void {
    must('ip', 'link', 'del', name);
  }

  /** What a builder bakes for `[tunnel] host` and the lines of `[rescue]`. */
  bake({
    host,
    more = [],
    pin = 'far_host',
  }: {
    host: readonly string[];
    more?: readonly string[];
    pin?: string;
  }): void {
    const text = `[slots.a]\nroot = "/dev/x"\n[tunnel]\nhost = ${JSON.stringify(host)}\nuser = "root"\nforward = "127.0.0.1:4022:localhost:2222"\n`;
    const { tunnel } = parseConfig(text, 'lifeboot.toml').config;
    const commands = tunnel === null ? [] : rescueCommands(tunnel);
    mkdirSync('/etc/lifeboot/identity/etc/lifeboot', { recursive: true, mode: 0o700 });
    writeFileSync('/etc/lifeboot/rescue-ssh', `${commands.map((argv) => argv.join('\n')).join('\n\n')}\n`);
    writeFileSync('/etc/lifeboot/rescue.conf', ['time 600', ...more, ''].join('\n'));
    this.#identity('tunnel_key', readFileSync(join(DIR, 'tunnel')), 0o600);
    this.#identity('known_hosts', `${host[0]} ${this.publicKey(pin)}\n`, 0o644);
    this.#identity('rescue_host_key', readFileSync(join(DIR, 'rescue_host')), 0o600);
    this.#identity('rescue_authorized_keys', `${this.publicKey('operator')}\n`, 0o600);
  }

  #identity(name: string, content: string | Buffer, mode: number): void {
    for (const place of ['/etc/lifeboot/identity/etc/lifeboot', '/etc/lifeboot'])
      rmSync(join(place, name), { force: true });
    writeFileSync(join('/etc/lifeboot/identity/etc/lifeboot', name), content, { mode });
  }

  publicKey(name: string): string {
    return readFileSync(join(DIR, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }

  /** An sshd at the far end that lets the tunnel's key in. */
  startFarSshd(key = 'far_host'): void {
    const settings = [
      'Port 22',
      `HostKey ${join(DIR, key)}`,
      `AuthorizedKeysFile ${join(DIR, 'tunnel.pub')}`,
      ...['UsePAM no', 'StrictModes no', 'PidFile none', 'PermitRootLogin prohibit-password', 'UseDNS no'],
    ];
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    writeFileSync(join(DIR, 'far.conf'), `${settings.join('\n')}\n`);
    start(join(DIR, 'far.log'), [
      'nsenter',
      '--net=/run/netns/far',
      '/usr/sbin/sshd',
      '-D',
      '-e',
      '-f',
      join(DIR, 'far.conf'),
    ]);
  }

  /** DHCP, router advertisements and names on a port: the lines of dnsmasq's configuration say which. */
  offer(port: string, ...lines: readonly string[]): void {
    const settings = [
      'port=0',
      `interface=far-${port}`,
      'bind-interfaces',
      'leasefile-ro',
      'log-dhcp',
      'no-resolv',
      'no-ping',
      ...lines,
    ];
    const file = join(DIR, 'dnsmasq.conf');
    writeFileSync(file, `${settings.join('\n')}\n`);
    const argv = [
      'nsenter',
      '--net=/run/netns/far',
      'dnsmasq',
      '--keep-in-foreground',
      '--user=root',
      `--conf-file=${file}`,
    ];
    this.#dhcp = start(join(DIR, 'dhcp.log'), [...argv, '--log-facility=-', '--pid-file=']);
  }

  stopOffer(): void {
    this.#dhcp?.kill('SIGKILL');
    this.#dhcp = null;
  }

  /** Starts rescue.sh as the boot stage does. `env` shortens its waits. */
  startRescue(env: Readonly<Record<string, string>> = {}): void {
    if (this.#rescue !== null && !isGone(this.#rescue.pid ?? 0)) this.end();
    rmSync('/run/lifeboot', { recursive: true, force: true });
    mkdirSync('/run/lifeboot');
    writeFileSync(this.log, '');
    const waits = { LIFEBOOT_LINK_WAIT: '3', LIFEBOOT_ADDRESS_WAIT: '12', LIFEBOOT_PORT_WAIT: '2', ...env };
    const words = Object.entries(waits).map(([name, value]) => `${name}=${value}`);
    this.#rescue = start(this.log, ['setsid', 'env', ...words, 'busybox', 'sh', join(BOOT_DIR, 'rescue.sh')]);
  }

  /** Waits for a line on the node's console. */
  untilSaid(pattern: RegExp, limitMs = 40_000): void {
    try {
      until(`the node says ${pattern}`, () => pattern.test(this.said()), limitMs);
    } catch (error) {
      throw new Error(`${String(error)}; it said:\n${this.said()}`);
    }
  }

  said(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }

  /** The exit status of rescue.sh, once it has ended. */
  ended(limitMs = 30_000): number | null {
    const child = this.#rescue;
    const pid = child?.pid ?? 0;
    until('rescue ends', () => isGone(pid), limitMs);
    // A zombie's status is in its stat file: 256 times the exit status.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').trim().split(' ').at(-1)) >> 8;
  }

  end(): void {
    writeFileSync('/run/lifeboot/rescue.end', 'the test has seen enough\n');
    this.ended();
  }

  /** Runs a command on the node: an operator at the far end, through the tunnel's end there. */
  login(command: string, key = 'operator'): Login {
    const known = join(DIR, 'known_node');
    writeFileSync(known, `node ${this.publicKey('rescue_host')}\n`);
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=yes',
      'HostKeyAlias=node',
      'ConnectTimeout=10',
    ];
    const args = [`UserKnownHostsFile=${known}`, ...options].flatMap((option) => ['-o', option]);
    const argv = ['--net=/run/netns/far', 'ssh', '-F', 'none', '-T', '-p', '4022', '-i', join(DIR, key), ...args];
    const ran = spawnSync('nsenter', [...argv, 'root@127.0.0.1', command], { encoding: 'utf8', timeout: 30_000 });
    appendFileSync(this.log, `--- ${command}: ${ran.status} ${ran.stdout}${ran.stderr}\n`);
    return { status: ran.status, out: ran.stdout, err: ran.stderr };
  }
}
