/**
 * Runs one fault twice: with lifeboot, which must bring the node back, and without its answer, which must not.
 *
 * Effects: files of a run directory, a far end, a guest. The console of each run is kept in build/faults/NAME.
 */
import { appendFileSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyDisk } from '../vm/support/disk.ts';
import { type FarEnd, startFarEnd } from '../vm/support/far-end.ts';
import { layOver } from '../vm/support/lay-over.ts';
import { newRunDir } from '../vm/support/places.ts';
import { type Guest, withGuest } from '../vm/support/qemu.ts';
import { breakDisk } from './break-disk.ts';
import type { Break, Control, Fault, Live, Machine, Outage, Place } from './fault.ts';
import { forwardEnd, rescueHostKey } from './nodes/kinds.ts';
import { CMDLINE, type PreparedNode } from './nodes/prepare.ts';
import { faultKey, faultsDir, type Result, type Run } from './result.ts';
import { type Watched, watch } from './watch.ts';

/** What a guest is started with, and what is expected of it. */
interface Scene {
  readonly breaks: readonly Break[];
  readonly machine: Machine;
  readonly initrd: string;
  readonly cmdline: string;
  readonly live: Live | undefined;
  readonly outage: Outage | undefined;
  readonly place: Place | undefined;
  readonly limitMs: number;
  readonly sign: RegExp | undefined;
}

const BOOT_LIMIT = { debian: 240_000, small: 120_000, rescue: 120_000 } as const;
/** What a node may still do after its last words. */
const GRACE_MS = 10_000;
/** An unreachable node is given so many times as long as a healthy one needs. */
const PATIENCE = 2;

export async function runFault(fault: Fault, node: PreparedNode): Promise<Result> {
  const withAnswer = await runWith(fault, node);
  console.log(`    ${describeRun(withAnswer)}`);
  const without = withAnswer.ok ? await runWithout(fault, node, withAnswer.seconds) : null;
  if (without !== null) console.log(`    without (${fault.without.how}): ${describeRun(without)}`);
  return resultOf(fault, node, withAnswer, without);
}

/** A plain boot without any fault, which must be in reach. */
export async function runControl(control: Control, node: PreparedNode): Promise<Result> {
  const scene: Scene = { ...sceneWithout(control, node), limitMs: 2 * BOOT_LIMIT[control.node] };
  const run = await play(control, node, 'control', scene, ({ isThere }) => ({ ok: isThere, said: [] }));
  console.log(`    ${describeRun(run)}`);
  return resultOf(control, node, run, null);
}

function resultOf(subject: Fault | Control, node: PreparedNode, by: Run, without: Run | null): Result {
  const at = new Date().toISOString().slice(0, 16);
  return { faultKey: faultKey(subject), nodeKey: node.key, at, with: by, without };
}

function describeRun({ ok, ended, boots, seconds, said }: Run): string {
  const words = [`${ok ? 'as expected' : 'NOT AS EXPECTED'}: ${ended} after ${boots} boot(s), ${seconds} s`, ...said];
  return words.join('\n      ');
}

async function runWith(fault: Fault, node: PreparedNode): Promise<Run> {
  const scene: Scene = {
    breaks: fault.breaks,
    machine: fault.machine ?? {},
    initrd: node.initrd,
    cmdline: CMDLINE,
    live: fault.live,
    outage: fault.outage,
    place: fault.ends,
    // On a running node the ladder takes its time before the first boot.
    limitMs: Math.max(1, fault.boots + (fault.live === undefined ? 0 : 1)) * BOOT_LIMIT[fault.node],
    sign: undefined,
  };
  return play(fault, node, 'with', scene, (watched, guest, boots) => {
    const lines = [...guest.lines.map((line) => line.text), ...(watched.seen?.boot?.trace ?? [])];
    const degraded = watched.seen?.boot?.degraded ?? [];
    const found = fault.signs.map((sign) => [...lines, ...degraded].find((line) => sign.test(line)));
    const unsaid = fault.signs.filter((_, index) => found[index] === undefined);
    const tooMany = watched.isThere && boots > fault.boots ? [`more than ${fault.boots} boots`] : [];
    return {
      ok: watched.isThere && unsaid.length === 0 && tooMany.length === 0,
      said: [...found.flatMap((line) => line ?? []), ...unsaid.map((sign) => `never said: ${sign}`), ...tooMany],
    };
  });
}

/** @param seconds what the node needed with the answer; without it, it gets at least twice that */
async function runWithout(fault: Fault, node: PreparedNode, seconds: number): Promise<Run> {
  const { breaks = [], machine, ends } = fault.without;
  const base = sceneWithout(fault, node);
  const scene: Scene = {
    ...base,
    breaks: [...fault.breaks, ...breaks],
    machine: machine ?? fault.machine ?? {},
    live: fault.live,
    outage: fault.outage,
    limitMs: Math.max(base.limitMs, 2000 * seconds),
  };
  return play(fault, node, 'without', scene, ({ isThere }) => ({ ok: isThere === (ends !== 'unreachable'), said: [] }));
}

function sceneWithout({ without, node: kind }: Fault | Control, node: PreparedNode): Scene {
  const { plain, machine = {}, ends, sign } = without;
  return {
    breaks: [],
    machine,
    initrd: plain === undefined ? node.initrd : node.plainInitrd,
    cmdline: plain === undefined ? CMDLINE : `console=ttyS0 loglevel=4 rw root=PARTLABEL=root-${plain}`,
    live: undefined,
    outage: undefined,
    place: ends === 'unreachable' ? undefined : ends,
    limitMs: ends === 'unreachable' ? PATIENCE * 1000 * node.provenAfterSeconds : BOOT_LIMIT[kind],
    sign,
  };
}

type Judge = (watched: Watched, guest: Guest, boots: number) => { ok: boolean; said: string[] };

async function play(
  fault: Fault | Control,
  node: PreparedNode,
  name: string,
  scene: Scene,
  judge: Judge,
): Promise<Run> {
  const dir = newRunDir(`fault-${fault.name}`);
  const logFile = join(faultsDir, fault.name, `${name}.log`);
  mkdirSync(join(faultsDir, fault.name), { recursive: true });
  rmSync(logFile, { force: true });
  const image = join(dir, 'disk.img');
  copyDisk(node.disk, image);
  breakDisk({ image, partitions: node.partitions, config: node.config }, scene.breaks);
  let farEnd = await startFarEnd(join(dir, 'far-end'), forwardEnd);
  // Rescue has a host key of its own, which an operator pins, too.
  appendFileSync(join(dir, 'far-end/node_known_hosts'), `node ${rescueHostKey()}`);
  if (scene.outage !== undefined) await farEnd.stop();
  const options = {
    kernel: node.vmlinuz,
    initrd: changedInitrd(dir, scene),
    cmdline: [scene.cmdline, scene.machine.cmdline ?? ''].join(' ').trim(),
    disks: [image],
    logFile,
    farEndPort: farEnd.port,
    more: [...(scene.machine.qemu ?? []), ...failingSectors(dir, image, scene.machine.badSectors ?? [])],
  };
  try {
    return await withGuest(options, async (guest) => {
      const { limitMs, place, sign } = scene;
      const limits = { limitMs, graceMs: GRACE_MS, ...(place && { place }), ...(sign && { sign }) };
      if (scene.outage !== undefined) farEnd = await endOutage(dir, guest, farEnd.port, scene.outage, limitMs);
      const isPlain = scene.initrd === node.plainInitrd;
      const after =
        scene.live === undefined ? {} : await breakLive(farEnd, guest, scene.live, isPlain, 2 * BOOT_LIMIT[fault.node]);
      const before = scene.live === undefined ? 0 : guest.starts;
      const watched = await watch({ farEnd, guest, ...limits, ...after });
      const ended = watched.seen === null ? `unreachable (${watched.why})` : watched.why;
      const boots = guest.starts - before;
      return { ...judge(watched, guest, boots), ended, boots, seconds: watched.seconds };
    });
  } finally {
    await farEnd.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Waits for the proven node, breaks it, and returns what must not be taken for its coming back. */
async function breakLive(
  farEnd: FarEnd,
  guest: Guest,
  live: Live,
  isPlain: boolean,
  limitMs: number,
): Promise<{ after?: string }> {
  const place = isPlain ? {} : { place: { slot: 'a', proven: true } };
  const before = await watch({ farEnd, guest, ...place, limitMs });
  if (before.seen === null || !before.isThere) throw new Error(`the node never came up to be broken: ${before.why}`);
  await farEnd.login('sh -s', { input: live.sh, timeoutMs: 30_000 });
  return live.back === 'another boot' ? { after: before.seen.bootId } : {};
}

/** The far end comes back on the port that the guest knows. */
async function endOutage(
  dir: string,
  guest: Guest,
  port: number,
  { until, seconds }: Outage,
  limitMs: number,
): Promise<FarEnd> {
  await guest.waitForLine(until, limitMs);
  await sleep(seconds * 1000);
  console.log('    the outage is over');
  return startFarEnd(join(dir, 'far-end'), forwardEnd, port);
}

function changedInitrd(dir: string, { initrd, machine }: Scene): string {
  const { over, tornBytes } = machine;
  const laid = over === undefined ? initrd : layOver(dir, initrd, over);
  if (tornBytes === undefined) return laid;
  const torn = join(dir, 'torn.img');
  copyDisk(laid, torn);
  truncateSync(torn, statSync(torn).size - tornBytes);
  return torn;
}

/** The machine's disk behind a layer that fails to read these sectors. */
function failingSectors(dir: string, image: string, sectors: readonly number[]): string[] {
  if (sectors.length === 0) return [];
  const rules = join(dir, 'bad-sectors.conf');
  const rule = (sector: number) => `[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "${sector}"\n`;
  writeFileSync(rules, sectors.map(rule).join('\n'));
  return ['-set', `drive.disk0.file=blkdebug:${rules}:${image}`];
}
