/**
 * `kill -9` at random moments of a real `lifeboot run` of about two seconds: its own command line, layers, loop devices.
 *
 * Afterwards the other slot is as it was or wholly new, nothing is left mounted, and the next `run` works.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { listManifests, readManifest, readPair } from '../../../src/platform/store/store-files.ts';
import { verifyLayer } from '../../../src/platform/store/verify-layer.ts';
import { type LoopNode, withLoopNode } from '../boot/loop-node.ts';
import type { Random } from './random.ts';

const STORE = '/run/lifeboot/data/lifeboot';
const BINARY = resolve(import.meta.dirname, '../../../dist/lifeboot');
/** Something to pack, and a while in which it can be killed. */
const SCRIPT =
  'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/etc/made$i bs=64k count=4 2>/dev/null; sleep 0.1; done';

export interface KillCounts {
  /** Ended before it was killed. */
  done: number;
  unchanged: number;
  changed: number;
}

export function killRuns(count: number, random: Random): KillCounts {
  const counts: KillCounts = { done: 0, unchanged: 0, changed: 0 };
  withLoopNode(
    (node) => {
      node.boot((root) => {
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        mkdirSync(join(root, 'bin'), { recursive: true });
        for (const name of ['busybox', 'sh']) copyFileSync('/bin/busybox', join(root, 'bin', name));
      });
      for (let done = 0; done < count; done += 10) {
        node.boot(() => {
          const wholeMs = timeOne(node);
          for (let index = done; index < Math.min(count, done + 10); index += 1) {
            // Half of them where it writes what counts.
            const ms = index % 2 === 0 ? random(wholeMs) : wholeMs - random(Math.round(wholeMs / 3));
            killOnce(node, 1 + ms, counts);
          }
        });
      }
      node.boot((root) => {
        const whole = upgrade(node, 'echo last >/etc/last');
        assert.equal(whole.status, 0, whole.stderr);
        assert.ok(!existsSync(join(root, 'etc/last')));
      });
      const { info } = node.boot((root) => assert.equal(readFileSync(join(root, 'etc/last'), 'utf8'), 'last\n'));
      assert.equal(info.slot, 'b');
    },
    (text) => text.replace('"PARTLABEL=root-b"', '"PARTLABEL=root-a"'),
  );
  return counts;
}

/** How long it takes on this machine, now. */
function timeOne(node: LoopNode): number {
  const startedMs = performance.now();
  const whole = upgrade(node, SCRIPT);
  const tookMs = Math.round(performance.now() - startedMs);
  assert.equal(whole.status, 0, whole.stderr);
  assert.equal(node.lifeboot('snapshot', 'cancel').status, 0);
  return tookMs;
}

function upgrade(node: LoopNode, script: string) {
  return node.lifeboot('--config', node.config, 'run', '--', '/bin/busybox', 'sh', '-c', script, 'sh');
}

function killOnce(node: LoopNode, ms: number, counts: KillCounts): void {
  const before = { pair: pairText(), mounts: mounted(), loops: loops() };
  const words = ['--config', node.config, 'run', '--', '/bin/busybox', 'sh', '-c', SCRIPT];
  const killed = spawnSync(BINARY, words, {
    encoding: 'utf8',
    timeout: ms,
    killSignal: 'SIGKILL',
  });
  const told = `killed after ${ms} ms`;
  waitUntil(
    () => JSON.stringify([mounted(), loops()]) === JSON.stringify([before.mounts, before.loops]),
    () => `${told}: left ${mounted().filter((line) => !before.mounts.includes(line))} ${loops()}`,
  );
  requireWhole(told);
  const after = pairText();
  if (killed.signal === null) {
    assert.equal(killed.status, 0, killed.stderr);
    counts.done += 1;
  } else if (after === before.pair) counts.unchanged += 1;
  else counts.changed += 1;
  // The lock went with the process, and what it left is no hindrance.
  const cancel = (): boolean => {
    const cancelled = node.lifeboot('snapshot', 'cancel');
    assert.ok(cancelled.status === 0 || cancelled.status === 2, `${told}: ${cancelled.stderr}`);
    return leftovers().length === 0;
  };
  // A tool whose lifeboot was killed may write for a moment longer.
  waitUntil(cancel, () => `${told}: ${leftovers()} is left`);
}

function leftovers(): readonly string[] {
  return readdirSync(join(STORE, 'tmp')).filter((name) => /^(stage|layer)-/.test(name));
}

function pairText(): string {
  const place = join(STORE, 'snapshots/pair.json');
  return existsSync(place) ? readFileSync(place, 'utf8') : '';
}

/** Whatever the pair names is there, and is what its name says. */
function requireWhole(told: string): void {
  const pair = readPair(STORE);
  for (const id of Object.values(pair?.slots ?? {})) {
    const manifest = readManifest(STORE, id) ?? assert.fail(`${told}: a manifest is missing`);
    for (const layer of manifest.layers) assert.equal(verifyLayer(STORE, layer), null, told);
  }
  for (const id of listManifests(STORE)) readManifest(STORE, id);
}

function mounted(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.map((line) => line.split(' ').slice(3, 5).join(' '));
}

/** Those whose file is in this store, and not in one of the same name that another test has. */
function loops(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const [device = ''] = lines.flatMap((line) =>
    line.split(' ')[4] === '/run/lifeboot/data' ? [line.split(' ')[2]] : [],
  );
  const { stdout } = spawnSync('losetup', ['-n', '-O', 'BACK-MAJ:MIN,BACK-FILE'], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([number = '', file = '']) => (number === device ? [file] : []));
}

/** What a killed process leaves is taken down by the kernel a moment later. */
function waitUntil(isSo: () => boolean, why: () => string): void {
  for (let count = 0; !isSo(); count += 1) {
    assert.ok(count < 100, why());
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
