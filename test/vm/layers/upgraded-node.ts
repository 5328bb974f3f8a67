/**
 * A Debian node whose two slots share nothing but what they are made from, to be upgraded by `lifeboot run`: with a package
 * at hand, because the guest has no way to a mirror.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyDisk } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage, type NodeImage } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { cached, keyOf, newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const BOOT_LIMIT_MS = 600_000;

/** A real package without dependencies, as Debian has it. */
export const PACKAGE = 'hello';

export function debianPackage(): string {
  const dir = cached(`package-${PACKAGE}`, keyOf(PACKAGE), (target) => {
    mkdirSync(target);
    runTool('sh', ['-ec', 'cd "$1" && apt-get -q download "$2"', 'sh', target, PACKAGE]);
  });
  const [name = ''] = readdirSync(dir).filter((each) => each.endsWith('.deb'));
  return join(dir, name);
}

export class UpgradedNode {
  readonly dir: string;
  readonly #end: ReturnType<typeof socketEnd>;
  readonly #node: NodeImage;
  readonly #disk: string;
  #farEnd: FarEnd | null = null;
  #guest: Guest | null = null;

  constructor(name: string, change: (config: string) => string = (config) => config) {
    this.#end = socketEnd(name);
    const times = { deadline: '300s', hold: '20s', trialAttempts: 1 };
    const config = change(nodeToml({ name: 'W023', forward: this.#end, ...times }));
    this.#node = ensureNodeImage({ name, config, initramfs: 'standalone' });
    this.dir = newRunDir(name);
    this.#disk = join(this.dir, 'disk.img');
    copyDisk(this.#node.disk, this.#disk);
  }

  /** Boots the node and keeps it running for `use`. */
  async boot(use: () => Promise<void>): Promise<void> {
    this.#farEnd = await startFarEnd(join(this.dir, 'far-end'), this.#end);
    const logFile = join(this.dir, 'console.log');
    const { initrd, kernel } = this.#node;
    const cmdline = 'console=ttyS0 loglevel=4';
    console.log(`console of the guest: ${logFile}`);
    const options = { kernel: kernel.vmlinuz, initrd, cmdline, disks: [this.#disk], logFile };
    try {
      await withGuest({ ...options, farEndPort: this.#farEnd.port }, async (guest) => {
        this.#guest = guest;
        await use();
      });
    } finally {
      await this.#farEnd.stop();
    }
  }

  /** What a command printed on the node; 3 is the answer of a reading verb with something degraded. */
  async ask(command: string, timeoutMs = 60_000): Promise<string> {
    const { status, stdout, stderr } = await this.tell(command, timeoutMs);
    assert.ok(status === 0 || status === 3, `'${command}' on the node: exit ${status}, ${stderr}${stdout}`);
    return stdout;
  }

  async tell(command: string, timeoutMs = 60_000) {
    if (this.#farEnd === null) throw new Error('the node is not running');
    return this.#farEnd.login(command, { timeoutMs });
  }

  /** Sends a file to the node. */
  async send(file: string, to: string): Promise<void> {
    const copy = join(this.dir, 'sent');
    copyFileSync(file, copy);
    const base64 = runTool('base64', ['-w0', copy]).stdout;
    for (let at = 0; at < base64.length; at += 60_000) {
      await this.ask(`printf %s '${base64.slice(at, at + 60_000)}' >>/tmp/sent`);
    }
    await this.ask(`base64 -d </tmp/sent >${to} && rm /tmp/sent`);
  }

  /** Logs in until the running boot is proven. @returns what `status --json` says then */
  async proven() {
    const before = this.#bootId;
    const endMs = Date.now() + BOOT_LIMIT_MS;
    while (this.#guest?.running === true && Date.now() < endMs) {
      const { stdout } = await this.tell('lifeboot status --json', 30_000);
      const status = parse(stdout);
      if (status?.booted?.proven === true && status.booted.bootId !== before) {
        this.#bootId = status.booted.bootId;
        console.log(await this.ask('lifeboot status'));
        return status;
      }
      await sleep(2000);
    }
    throw new Error(`the node never proved itself; see ${this.dir}/console.log`);
  }

  #bootId: string | null = null;

  async reboot(): Promise<void> {
    await this.tell('systemctl reboot', 20_000);
  }
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    // The login was cut off, or came too early.
    return null;
  }
}
