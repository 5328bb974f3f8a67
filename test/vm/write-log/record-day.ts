/**
 * A day of a node, every write of it in the log: proofs, an update, choices for one boot, keys that are renewed, resets at
 * the worst moment, an outage.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyDisk } from '../support/disk.ts';
import { type FarEnd, startFarEnd } from '../support/far-end.ts';
import type { NodeImage } from '../support/node-image.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';
import type { Acknowledged, Day, Expectation, StartedBoot } from './expectation.ts';
import { countEntries, makeLog, recordedDisk } from './log.ts';
import { forwardEnd } from './node.ts';
import { waitForProof } from './reach.ts';

const BOOT_LIMIT_MS = 240_000;
export const CMDLINE = 'console=ttyS0 loglevel=4';

class Recorder {
  readonly acknowledged: Acknowledged[] = [];
  readonly boots: { entries: number; chosen: string | null }[] = [];
  private readonly log: string;
  private starts = 0;

  constructor(log: string) {
    this.log = log;
  }

  /** The first word of a machine comes long before it writes anything. */
  hear(guest: () => Guest | null, text: string): void {
    const starts = guest()?.starts ?? 1;
    if (starts !== this.starts) {
      this.starts = starts;
      this.boots.push({ entries: countEntries(this.log), chosen: null });
    }
    const chosen = /slot (\w+) is chosen/.exec(text)?.[1];
    const boot = this.boots.at(-1);
    if (chosen !== undefined && boot !== undefined) boot.chosen = chosen;
  }

  acknowledge(expectation: Expectation): void {
    this.acknowledged.push({ entries: countEntries(this.log), expectation });
    console.log(`  ${JSON.stringify(expectation)}`);
  }

  day(): Day {
    return { acknowledged: this.acknowledged, boots: this.boots satisfies StartedBoot[] };
  }
}

/** Records a day into `dir`: `disk.img` as it was left, `log`, `day.json`. */
export async function recordDay(dir: string, image: NodeImage): Promise<Day> {
  const [disk, log] = [join(dir, 'disk.img'), join(dir, 'log')];
  copyDisk(image.disk, disk);
  makeLog(log);
  const recorder = new Recorder(log);
  // Another one after the outage.
  const ends = { farEnd: await startFarEnd(join(dir, 'far-end'), forwardEnd) };
  let guest: Guest | null = null;
  const options = {
    kernel: image.kernel.vmlinuz,
    initrd: image.initrd,
    cmdline: CMDLINE,
    disks: [],
    logFile: join(dir, 'day.log'),
    farEndPort: ends.farEnd.port,
    more: [...recordedDisk(disk, log), '-monitor', `unix:${monitorOf(dir)},server=on,wait=off`],
    onLine: ({ text }: { text: string }) => recorder.hear(() => guest, text),
  };
  try {
    await withGuest(options, (running) => {
      guest = running;
      return liveDay({ dir, guest: running, recorder, ends });
    });
  } finally {
    await ends.farEnd.stop();
  }
  const day = recorder.day();
  writeFileSync(join(dir, 'day.json'), JSON.stringify(day));
  return day;
}

export function readDay(dir: string): Day {
  return JSON.parse(readFileSync(join(dir, 'day.json'), 'utf8')) as Day;
}

interface Living {
  readonly dir: string;
  readonly guest: Guest;
  readonly recorder: Recorder;
  readonly ends: { farEnd: FarEnd };
}

async function liveDay(living: Living): Promise<void> {
  const { recorder } = living;
  const first = await proven(living, undefined);
  await say(living, 'lifeboot switch b');
  recorder.acknowledge({ is: 'first', slot: 'b' });
  await reset(living, 'lifeboot confirm --stopped; sync');
  const update = await proven(living, first);
  // Keys are renewed, and kept with the proof of the next boot.
  await say(living, 'echo "# renewed" >>/etc/lifeboot/known_hosts; echo "# too" >>/root/.ssh/authorized_keys; sync');
  await reset(living, 'true');
  const renewed = await proven(living, update);
  await say(living, 'lifeboot switch a --once');
  recorder.acknowledge({ is: 'oneShot', slot: 'a' });
  await reset(living, 'true');
  const once = await proven(living, renewed);
  // Reset as it starts: what was not written is gone with its memory, and no verdict was given.
  await reset(living, 'true');
  await living.guest.waitForLine(/is chosen/, BOOT_LIMIT_MS, living.guest.mark());
  await sleep(3000);
  await pressReset(living);
  const back = await proven(living, once);
  await say(living, 'lifeboot state set slots.r.limit 2; lifeboot reset-attempts; lifeboot mark bad a --reason smells');
  recorder.acknowledge({ is: 'bad', slot: 'a' });
  await outage(living, back);
}

/** The uplink is dead for one whole boot; it comes back, and so does the proof. */
async function outage(living: Living, before: string): Promise<void> {
  const { port } = living.ends.farEnd;
  await reset(living, 'true');
  await living.ends.farEnd.stop();
  const mark = living.guest.mark();
  await living.guest.waitForLine(/is chosen/, BOOT_LIMIT_MS, mark);
  await sleep(75_000);
  living.ends.farEnd = await startFarEnd(join(living.dir, 'far-end'), forwardEnd, port);
  await proven(living, before);
}

/** @returns the boot id */
async function proven({ guest, ends, recorder }: Living, after: string | undefined): Promise<string> {
  const limit = { limitMs: 2 * BOOT_LIMIT_MS, ...(after === undefined ? {} : { after }) };
  const { booted } = await waitForProof(guest, ends.farEnd, limit);
  if (booted === null || booted.slot === null) throw new Error('a proven node without a slot');
  recorder.acknowledge({ is: 'proven', slot: booted.slot, bootId: booted.bootId });
  return booted.bootId;
}

async function say({ ends }: Living, command: string): Promise<void> {
  const { status, stdout, stderr } = await ends.farEnd.login(command, { timeoutMs: 120_000 });
  if (status !== 0 && status !== 2) throw new Error(`'${command}' ended with ${status}: ${stdout}${stderr}`);
}

/** Short: a socket's path has at most 107 bytes. */
const monitorOf = (dir: string): string => relative(process.cwd(), join(dir, 'monitor'));

/** The reset button of the machine itself. */
async function pressReset(living: Living): Promise<void> {
  const { starts } = living.guest;
  runTool('socat', ['-', `UNIX-CONNECT:${monitorOf(living.dir)}`], { input: 'system_reset\n' });
  await restarted(living.guest, starts);
}

async function restarted(guest: Guest, starts: number): Promise<void> {
  for (let waited = 0; guest.starts === starts; waited += 1) {
    if (waited > 60) throw new Error('the node was not reset');
    await sleep(500);
  }
}

/** A reset from within, a moment after `first`: nothing is flushed that was not. */
async function reset({ ends, guest }: Living, first: string): Promise<void> {
  const { starts } = guest;
  await ends.farEnd.login(`${first}; (sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 &`, { timeoutMs: 60_000 });
  await restarted(guest, starts);
}
