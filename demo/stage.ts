/**
 * The demo's stage: one node's disk, the QEMU that runs it, and the far end that looks in through the tunnel.
 *
 * Effects only. Invariant: whatever is claimed about the node was read by a login through its tunnel; the console only
 * adds what no login can see (a panic, a power cut, how often the kernel started).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyDisk } from '../test/vm/support/disk.ts';
import { type FarEnd, type LoginResult, startFarEnd } from '../test/vm/support/far-end.ts';
import type { NodeImage } from '../test/vm/support/node-image.ts';
import {
  type BootFacts,
  type LoggedBoot,
  type NodeStatus,
  parseBoot,
  parseLog,
  parseStatus,
} from '../test/vm/support/node-view.ts';
import { newRunDir } from '../test/vm/support/places.ts';
import { Guest } from '../test/vm/support/qemu.ts';
import { say, sayConsole, sayWaiting } from './events.ts';
import { deadlineAfter, forwardEnd, kernelCommandLine } from './node-config.ts';

/** Prints boot.json, and `verdict` when this boot has one, now or in a few seconds: to look again costs as much. */
const LOOK = `cat /run/lifeboot/boot.json || exit
for second in 1 2 3 4 5 6 7 8 9 10; do [ -e /run/lifeboot/verdict ] && echo && echo verdict && break; sleep 1; done`;

const BETWEEN = '--- next ---';
/** Reading verbs say 3 when something is degraded; that is an answer too. */
const REPORT = ['lifeboot status --json', 'lifeboot log --json', 'lifeboot status']
  .map((command) => `${command} || [ $? -eq 3 ] || exit`)
  .join(`\necho '${BETWEEN}'\n`);

export interface Report {
  readonly status: NodeStatus;
  /** Newest last. */
  readonly log: readonly LoggedBoot[];
  /** `lifeboot status` as a person sees it. */
  readonly shown: string;
}

export class Stage {
  readonly dir: string = newRunDir('demo');
  readonly #node: NodeImage;
  readonly #farEnd: FarEnd;
  #guest: Guest | undefined;
  #cmdline = kernelCommandLine;
  /** How much longer than on a quiet machine everything may take. */
  #patience = 1;
  /** Every entry of its log that the node ever told of; its own ring forgets the oldest. */
  readonly boots = new Map<string, LoggedBoot>();

  private constructor(node: NodeImage, farEnd: FarEnd) {
    this.#node = node;
    this.#farEnd = farEnd;
  }

  static async open(node: NodeImage): Promise<Stage> {
    const dir = newRunDir('far-end');
    const stage = new Stage(node, await startFarEnd(dir, forwardEnd));
    say('far end', `OpenSSH server on 127.0.0.1:${stage.#farEnd.port}; the node has no other way in or out`);
    copyDisk(node.disk, stage.#disk);
    say('demo', `console log and disk of this run: ${stage.dir}`);
    return stage;
  }

  get #disk(): string {
    return join(this.dir, 'disk.img');
  }

  get guest(): Guest {
    if (this.#guest === undefined) throw new Error('the node has no power');
    return this.#guest;
  }

  get hasPower(): boolean {
    return this.#guest?.running === true;
  }

  powerOn(): void {
    const { kernel, initrd } = this.#node;
    say('demo', 'power on');
    this.#guest = new Guest({
      kernel: kernel.vmlinuz,
      initrd,
      cmdline: this.#cmdline,
      disks: [this.#disk],
      logFile: join(this.dir, 'console.log'),
      farEndPort: this.#farEnd.port,
      onLine: sayConsole,
    });
  }

  /** From the next start on, a boot has the deadline that suits this machine's speed. */
  setPace(firstProofSeconds: number): void {
    const seconds = deadlineAfter(firstProofSeconds);
    this.#cmdline = `${kernelCommandLine} lifeboot.confirm.deadline=${seconds}s`;
    this.guest.cmdline = this.#cmdline;
    this.#patience = seconds / 90;
    say(
      'demo',
      `power-on to proof took ${Math.round(firstProofSeconds)} s here: from now on the kernel command line says`,
    );
    say('demo', `lifeboot.confirm.deadline=${seconds}s, so that a hopeless trial is not waited for longer`);
  }

  async powerCut(): Promise<void> {
    await this.guest.powerCut();
    say('demo', 'power cut: QEMU killed');
  }

  /** Runs a script on the node, logged in through the tunnel; any failure is an Error. */
  async onNode(script: string, timeoutMs = 180_000): Promise<string> {
    const result = await this.#farEnd.login('sh -s', { input: script, timeoutMs });
    if (result.status !== 0) throw new Error(`on the node, exit ${result.status}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  }

  /** Runs a script on the node and reboots it, in one login; the reboot may cut that off, a failure before it is an Error. */
  async changeAndReboot(script: string): Promise<void> {
    const input = `set -eu\n${script}\necho '${BETWEEN}'\nsystemctl reboot\n`;
    const result = await this.#farEnd.login('sh -s', { input, timeoutMs: 180_000 });
    if (!result.stdout.includes(BETWEEN)) throw new Error(`on the node: ${describe(result)}`);
    say('far end', 'systemctl reboot');
  }

  /** Looks in through the tunnel until a boot other than `not` has its verdict on `slot`; returns it. */
  async untilDecided(slot: string, not: string | undefined, limitMs: number): Promise<BootFacts> {
    const timeoutMs = limitMs * this.#patience;
    const endMs = Date.now() + timeoutMs;
    let seen = '';
    for (;;) {
      const look = await this.#farEnd.login(LOOK, { timeoutMs: 30_000 });
      if (look.status === 0) {
        const decided = /\nverdict\s*$/.test(look.stdout);
        const boot = parseBoot(look.stdout.replace(/\nverdict\s*$/, ''));
        if (boot.bootId !== not && boot.bootId !== seen) {
          seen = boot.bootId;
          say('far end', `logged in through the tunnel: slot ${boot.slot} is running, attempt ${boot.attempt}`);
        }
        if (boot.bootId !== not && boot.slot === slot && decided) return boot;
      }
      if (!this.hasPower) throw new Error('QEMU ended; see the console log');
      if (Date.now() > endMs)
        throw new Error(`no proven boot of slot '${slot}' within ${timeoutMs / 1000} s (${describe(look)})`);
      sayWaiting(
        `waiting for a decided boot of slot ${slot}: ${Math.round((timeoutMs + Date.now() - endMs) / 1000)} s so far`,
      );
      await sleep(2000);
    }
  }

  /** What the node says of itself, in one login: each costs seconds on an emulated node. The log is kept for the timeline. */
  async report(): Promise<Report> {
    const said = await this.onNode(REPORT);
    const [status = '', log = '', shown = ''] = said.split(`${BETWEEN}\n`);
    const boots = parseLog(log);
    for (const boot of boots) this.boots.set(`${boot.bootId} ${boot.slot} ${boot.attempt}`, boot);
    return { status: parseStatus(status), log: boots, shown };
  }

  async close(): Promise<void> {
    if (this.hasPower) await this.guest.powerCut();
    await this.#farEnd.stop();
  }
}

function describe(result: LoginResult): string {
  return `exit ${result.status}: ${`${result.stderr} ${result.stdout}`.trim().slice(0, 300)}`;
}
