/** The far side: a network of its own behind a veth pair, and an sshd at 10.77.0.2 port 2200. Only in a private world. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, until } from './private-world.ts';
import { isListening, readlinkOr } from './proc.ts';
import { start } from './programs.ts';

export const FAR = '10.77.0.2';
export const FAR_PORT = 2200;
const FAR_MAC = '02:00:00:00:00:02';

/** What the far sshd permits; `remote` is the field fleets' setting. */
export type Permits = 'all' | 'remote';

export class FarEnd {
  readonly #dir: string;
  #sshd: ChildProcess | null = null;

  /** @param dir holds the keys `tunnel_key.pub` (let in) and `far_host_key` */
  constructor(dir: string) {
    this.#dir = dir;
    must('ip', 'link', 'set', 'lo', 'up');
    must('ip', 'netns', 'add', 'far');
    must('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns', 'far');
    must('ip', '-n', 'far', 'link', 'set', 'v1', 'address', FAR_MAC);
    must('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'v0');
    must('ip', 'link', 'set', 'v0', 'up');
    for (const device of ['lo', 'v1']) must('ip', '-n', 'far', 'link', 'set', device, 'up');
    this.passPackets();
    // Known for ever, so that a link that drops packets does not turn into "no route to host".
    must('ip', 'neigh', 'replace', FAR, 'lladdr', FAR_MAC, 'dev', 'v0', 'nud', 'permanent');
  }

  /** Starts the sshd anew; the old one and its connections go. */
  startSshd(permits: Permits, ...more: readonly string[]): void {
    this.stopSshd();
    copyFileSync(join(this.#dir, 'tunnel_key.pub'), join(this.#dir, 'far_keys'));
    const config = join(this.#dir, 'far.conf');
    const allowed = permits === 'all' ? 'yes' : 'remote';
    const settings = [
      `Port ${FAR_PORT}`,
      `ListenAddress ${FAR}`,
      `HostKey ${join(this.#dir, 'far_host_key')}`,
      `AuthorizedKeysFile ${join(this.#dir, 'far_keys')}`,
      'UsePAM no',
      'PermitRootLogin yes',
      'StrictModes no',
      'PidFile none',
      `AllowTcpForwarding ${allowed}`,
      `AllowStreamLocalForwarding ${allowed}`,
      ...more,
    ];
    writeFileSync(config, `${settings.join('\n')}\n`);
    const argv = ['nsenter', '--net=/run/netns/far', '/usr/sbin/sshd', '-D', '-e', '-f', config];
    this.#sshd = start(join(this.#dir, 'far-sshd.log'), argv);
    until('the far sshd listens', () => isListening(`/proc/${this.#sshd?.pid}/net/tcp`, FAR_PORT));
  }

  stopSshd(): void {
    for (const pid of this.pids()) process.kill(pid, 'SIGKILL');
    until('the far sshd is gone', () => this.pids().length === 0);
    this.#sshd = null;
  }

  /** All of the far sshd: the one that listens, and one or two for each connection. */
  pids(): readonly number[] {
    const here = readlinkOr('/proc/self/ns/net');
    const isFar = (pid: string) =>
      readlinkOr(`/proc/${pid}/ns/net`) !== here && readlinkOr(`/proc/${pid}/exe`)?.endsWith('sshd') === true;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isFar(name))
      .map(Number);
  }

  /** The TCP ports that the far sshd listens at (IPv4). */
  ports(): readonly number[] {
    const table = readFileSync(`/proc/${this.#sshd?.pid}/net/tcp`, 'utf8');
    return [...table.matchAll(/:([0-9A-F]{4}) 00000000:0000 0A/g)].map(([, port = '']) => Number.parseInt(port, 16));
  }

  /** Pins the host key of `name`, or the authority of that name, as the node's known_hosts. */
  pin(name: string, authority = false): void {
    const key = readFileSync(join(this.#dir, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    const mark = authority ? '@cert-authority ' : '';
    writeFileSync(join(this.#dir, 'known_hosts'), `${mark}[${FAR}]:${FAR_PORT} ${key}\n`);
  }

  /** Cuts the link without a sound: packets go out and vanish. */
  dropPackets(): void {
    must('ip', '-n', 'far', 'addr', 'del', `${FAR}/24`, 'dev', 'v1');
  }

  passPackets(): void {
    must('ip', '-n', 'far', 'addr', 'add', `${FAR}/24`, 'dev', 'v1');
  }
}
