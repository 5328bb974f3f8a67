/**
 * Runs one guest in QEMU with software emulation and listens to its serial console.
 *
 * Effects only. Invariants: the guest has no forwarded port, and its only way out is the far end (restricted user
 * network), so that what reaches the node came through its tunnel; a guest never outlives this process (`setpriv
 * --pdeathsig`), and only the process started here is ever ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface GuestOptions {
  readonly kernel: string;
  readonly initrd?: string;
  readonly cmdline: string;
  /** Raw disk images; written by the guest. They appear as /dev/vda, /dev/vdb, … */
  readonly disks: readonly string[];
  /** The serial console, appended. */
  readonly logFile: string;
  /** Loopback port of the far end; the guest reaches it as 10.0.2.100:22. Absent: no way out at all. */
  readonly farEndPort?: number;
  readonly memoryMiB?: number;
  /** Further QEMU arguments: a watchdog, a clock that is wrong, another disk. */
  readonly more?: readonly string[];
  /** End QEMU instead of restarting the guest when it reboots. */
  readonly endOnReboot?: boolean;
  readonly onLine?: (line: ConsoleLine) => void;
}

export interface ConsoleLine {
  readonly atMs: number;
  readonly text: string;
}

/** The far end as the guest sees it. */
export const FAR_END_ADDRESS = '10.0.2.100';

function qemuArguments(options: GuestOptions, cmdline: string): string[] {
  const args = ['-accel', 'tcg,thread=multi', '-machine', 'pc', '-cpu', 'Nehalem,-cx16', '-smp', '2'];
  args.push('-m', String(options.memoryMiB ?? 1024), '-nodefaults', '-no-user-config', '-display', 'none');
  args.push('-serial', 'stdio', '-no-reboot', '-kernel', options.kernel, '-append', cmdline);
  if (options.initrd !== undefined) args.push('-initrd', options.initrd);
  options.disks.forEach((file, index) => {
    // cache=unsafe: a killed QEMU loses nothing that the guest wrote, the host's page cache holds it.
    args.push('-drive', `if=none,id=disk${index},format=raw,cache=unsafe,file=${file}`);
    args.push('-device', `virtio-blk-pci,drive=disk${index},serial=lifeboot${index}`);
  });
  const out =
    options.farEndPort === undefined
      ? ''
      : `,guestfwd=tcp:${FAR_END_ADDRESS}:22-cmd:socat - TCP:127.0.0.1:${options.farEndPort}`;
  args.push('-netdev', `user,id=net0,ipv6=off,restrict=on${out}`, '-device', 'virtio-net-pci,netdev=net0,romfile=');
  args.push('-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0');
  args.push(...(options.more ?? []));
  return args;
}

/** What the kernel says before it switches the power off; anything else that ends QEMU well is a reset. */
const SWITCHED_OFF = /reboot: (Power down|System halted)/;

/**
 * A running guest. A reboot of it is a fresh QEMU on the same disk: after a reset inside one QEMU, code that it
 * translated before can make the next boot minutes slower.
 */
export class Guest {
  readonly lines: ConsoleLine[] = [];
  readonly ended: Promise<number>;
  /** The kernel command line of the next start. */
  cmdline: string;
  readonly #options: GuestOptions;
  readonly #log: WriteStream;
  #end: (code: number) => void = () => undefined;
  #qemu: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #running = true;
  #isCut = false;
  #starts = 0;

  constructor(options: GuestOptions) {
    this.#options = options;
    this.cmdline = options.cmdline;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#qemu = this.#start();
  }

  #start(): ChildProcess {
    const args = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(this.#options, this.cmdline)];
    const startedAt = this.lines.length;
    this.#starts += 1;
    const qemu = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [qemu.stdout, qemu.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (raw) => this.#hear(raw));
    }
    qemu.on('error', (error) => this.#hear(`cannot start QEMU: ${error.message}`));
    qemu.on('close', (code) => {
      const said = this.lines.slice(startedAt);
      const isOff = said.length === 0 || said.some((line) => SWITCHED_OFF.test(line.text));
      // QEMU ends on a reset too: a reboot is a new QEMU on the same disk.
      if (code === 0 && !isOff && !this.#isCut && this.#options.endOnReboot !== true) this.#qemu = this.#start();
      else this.#finish(code ?? 128);
    });
    return qemu;
  }

  #hear(raw: string): void {
    // Terminal control sequences of the firmware and of systemd are no text.
    const text = raw.replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001bc|\r/g, '').trimEnd();
    const line = { atMs: Date.now(), text };
    this.#log.write(`${new Date(line.atMs).toISOString().slice(11, 23)} ${text}\n`);
    this.lines.push(line);
    this.#options.onLine?.(line);
    for (const wake of this.#waiting) wake();
  }

  #finish(code: number): void {
    this.#running = false;
    this.#log.end();
    this.#end(code);
    for (const wake of this.#waiting) wake();
  }

  get running(): boolean {
    return this.#running;
  }

  /** How often the machine started: once, and once for each reboot. */
  get starts(): number {
    return this.#starts;
  }

  /** The index of the next console line: what was said after this moment is `lines.slice(mark())`. */
  mark(): number {
    return this.lines.length;
  }

  /** The first line from index `from` on that matches; an Error when the guest ends or `timeoutMs` passes before. */
  waitForLine(pattern: RegExp, timeoutMs: number, from = 0): Promise<ConsoleLine> {
    return new Promise((resolve, reject) => {
      let next = from;
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const fail = (why: string): void => {
        stop();
        const last = this.lines.slice(-15).map((line) => `  ${line.text}`);
        reject(new Error(`${why} the guest said ${pattern}; its last lines:\n${last.join('\n')}`));
      };
      const look = (): void => {
        for (; next < this.lines.length; next += 1) {
          const line = this.lines[next];
          if (line !== undefined && pattern.test(line.text)) {
            stop();
            resolve(line);
            return;
          }
        }
        if (!this.#running) fail('QEMU ended before');
      };
      const timer = setTimeout(() => fail(`${timeoutMs / 1000} s passed before`), timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Cuts the power: nothing in the guest gets a chance to save anything. */
  async powerCut(): Promise<void> {
    this.#isCut = true;
    this.#qemu.kill('SIGKILL');
    await this.ended;
  }
}

/** Runs a guest until `use` is done with it, then ends it. */
export async function withGuest<T>(options: GuestOptions, use: (guest: Guest) => Promise<T>): Promise<T> {
  const guest = new Guest(options);
  try {
    return await use(guest);
  } finally {
    if (guest.running) await guest.powerCut();
  }
}
