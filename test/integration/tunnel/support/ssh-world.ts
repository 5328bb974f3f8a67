/**
 * A node and its far end, both with a real sshd, and the tunnel between them. Only in a private world.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tunnel } from '../../../../src/app/ports.ts';
import type { TunnelConfig } from '../../../../src/core/config/config.ts';
import type { TunnelSample } from '../../../../src/core/judge/sample.ts';
import { LIMITS } from '../../../../src/platform/ssh/kit.ts';
import { openSshTunnel } from '../../../../src/platform/ssh/open-ssh.ts';
import { FAR, FAR_PORT, FarEnd } from './far-end.ts';
import { NodeEnd } from './node-end.ts';
import { must, sleepMs, until } from './private-world.ts';
import { end, signal, start } from './programs.ts';

export const BOOT_ID = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
const LOOK_MAIN = join(import.meta.dirname, 'look-main.ts');
const TUNNEL_MAIN = join(import.meta.dirname, 'tunnel-main.ts');

export class SshWorld {
  /** On the private /run: gone with the world. */
  readonly dir: string = '/run/world';
  readonly node: NodeEnd;
  readonly far: FarEnd;
  readonly port: Tunnel;
  /** The same with a tenth of the patience, for what is slow by its nature and looked at elsewhere in full. */
  readonly hasty: Tunnel;
  #tunnel: ChildProcess | null = null;
  #looks = 0;

  constructor() {
    must('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/run');
    for (const name of ['/run/lifeboot', this.dir]) mkdirSync(name, { mode: 0o755 });
    for (const name of ['tunnel_key', 'far_host_key', 'other_host_key']) {
      must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', this.path(name));
    }
    this.node = new NodeEnd(this.dir);
    this.far = new FarEnd(this.dir);
    this.far.pin('far_host_key');
    const execve = (): never => {
      throw new Error('a test never becomes ssh');
    };
    const machine = { monotonicMs: () => performance.now(), sleep: sleepMs };
    const host = { execve, env: process.env, uid: 0, pid: process.pid };
    this.port = openSshTunnel(machine, host);
    this.hasty = openSshTunnel(machine, host, {
      limits: { ...LIMITS, totalMs: 6_000, probeMs: 1_500, blameMs: 2_000 },
    });
    this.port.setUp(this.config('0:localhost:22'));
    this.node.startSshd();
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  config(forward: string, change: Partial<TunnelConfig> = {}): TunnelConfig {
    return {
      host: FAR,
      otherHosts: [],
      port: FAR_PORT,
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

  /** Starts the tunnel as the unit does: a process that becomes ssh. */
  startTunnel(config: TunnelConfig): void {
    this.#tunnel = start(this.path('tunnel.out'), [process.execPath, TUNNEL_MAIN, JSON.stringify(config)]);
  }

  /** Starts the tunnel and waits until its master answers. */
  openTunnel(config: TunnelConfig): void {
    this.startTunnel(config);
    const check = ['-F', 'none', '-S', '/run/lifeboot/tunnel.ctl', '-O', 'check', 'nobody'];
    until('the tunnel is up', () => spawnSync('ssh', check).status === 0);
  }

  /** Runs the tunnel until it gives up by itself. */
  tryTunnel(config: TunnelConfig): { readonly status: number | null; readonly said: string } {
    const argv = [TUNNEL_MAIN, JSON.stringify(config)];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 40_000 });
    return { status, said: stderr };
  }

  stopTunnel(name: NodeJS.Signals = 'SIGTERM'): void {
    end(this.#tunnel, name);
    this.#tunnel = null;
  }

  signalTunnel(name: NodeJS.Signals): void {
    signal(this.#tunnel, name);
  }

  /** One look, within its 30 s. */
  sample(config: TunnelConfig, port: Tunnel = this.port): TunnelSample {
    const fromMs = performance.now();
    const sample = port.sample(config, BOOT_ID);
    const seconds = (performance.now() - fromMs) / 1000;
    console.log(`  ${config.forward} ${config.proof}: ${JSON.stringify(sample)} in ${seconds.toFixed(1)} s`);
    if (seconds > 30) throw new Error(`a sample took ${seconds} s`);
    return sample;
  }

  /** Looks, without a word, until the tunnel is proven. */
  untilProven(config: TunnelConfig, limitMs = 15_000): void {
    until('the tunnel is proven', () => this.port.sample(config, BOOT_ID).kind === 'proven', limitMs);
  }

  /** Starts a look by another process. @returns the name of its log */
  startLook(config: TunnelConfig): string {
    const log = this.path(`look-${this.#looks++}`);
    start(log, [process.execPath, LOOK_MAIN, JSON.stringify(config), BOOT_ID]);
    return log;
  }

  /** What that look has seen. */
  endOfLook(log: string): string {
    return until('the look ends', () => readFileSync(log, 'utf8').trim() || null, 40_000);
  }
}
