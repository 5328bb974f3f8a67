/** `lifeboot run` with a data partition that fills up, and two of them at once, by the packed binary. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spec } from '../../support/spec.ts';
import { type LoopNode, run, withLoopNode } from '../boot/loop-node.ts';

const DATA = '/run/lifeboot/data';
const STORE = `${DATA}/lifeboot`;
const PAIR = `${STORE}/snapshots/pair.json`;
const BINARY = resolve(import.meta.dirname, '../../../dist/lifeboot');

function withPair(body: (node: LoopNode) => void): void {
  withLoopNode(
    (node) => {
      node.boot((root) => {
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        mkdirSync(join(root, 'bin'), { recursive: true });
        for (const name of ['busybox', 'sh']) copyFileSync('/bin/busybox', join(root, 'bin', name));
      });
      body(node);
    },
    (text) => text.replace('"PARTLABEL=root-b"', '"PARTLABEL=root-a"'),
  );
}

function words(node: LoopNode, script: string): string[] {
  return ['--config', node.config, 'run', '--', '/bin/busybox', 'sh', '-c', script, 'sh'];
}

function freeMiB(): number {
  const { bavail, bsize } = statfsSync(DATA);
  return Math.floor((bavail * bsize) / (1 << 20));
}

spec('run on a data partition that fills up', {
  'fails with nothing changed wherever the room ends, and the next one works': () => {
    withPair((node) => {
      node.boot(() => {
        const room = freeMiB();
        assert.ok(room > 70, `${room} MiB are free`);
        // Random bytes: the layer takes as much again as the command has written.
        const fills: readonly (readonly [why: RegExp, script: string])[] = [
          [/ended with 1/, 'dd if=/dev/urandom of=/etc/all bs=1M 2>/dev/null'],
          [/no room|No space/, 'dd if=/dev/urandom of=/etc/all bs=1M 2>/dev/null || true'],
          [/no room|No space/, `dd if=/dev/urandom of=/etc/most bs=1M count=${Math.round(room * 0.7)} 2>/dev/null`],
        ];
        for (const [why, script] of fills) {
          const failed = node.lifeboot(...words(node, script));
          assert.equal(failed.status, 1, failed.stderr);
          assert.match(failed.stderr, why);
          assert.deepEqual([existsSync(PAIR), readdirSync(join(STORE, 'tmp'))], [false, []]);
          assert.ok(freeMiB() >= room - 1, `${freeMiB()} of ${room} MiB are free again`);
        }
        run('fallocate', '-l', `${room - 30}MiB`, join(DATA, 'filler'));
        const early = node.lifeboot(...words(node, 'true'));
        assert.deepEqual([early.status, existsSync(PAIR)], [1, false]);
        assert.match(early.stderr, /MiB are free, and .* are needed\nhint: /);
        rmSync(join(DATA, 'filler'));
        const done = node.lifeboot(...words(node, 'echo x >/etc/x'));
        assert.equal(done.status, 0, done.stderr);
      });
      const { info } = node.boot((root) => assert.equal(readFileSync(join(root, 'etc/x'), 'utf8'), 'x\n'));
      assert.equal(info.slot, 'b');
    });
  },
});

spec('two runs at once', {
  'the second one gives up with nothing changed, and the first one ends well': () => {
    withPair((node) => {
      node.boot(() => {
        const first = spawn(BINARY, words(node, 'sleep 16; echo first >/etc/who'), { stdio: 'ignore' });
        waitUntil(() => existsSync(join(STORE, 'log')) && readdirSync(join(STORE, 'log')).length === 1);
        const second = node.lifeboot(...words(node, 'echo second >/etc/who'));
        assert.equal(second.status, 69, second.stderr);
        assert.match(second.stderr, /another command changes a slot, or a shell is open in one/);
        waitUntil(() => existsSync(PAIR) && isOver(first.pid ?? 0));
      });
      node.boot((root) => assert.equal(readFileSync(join(root, 'etc/who'), 'utf8'), 'first\n'));
    });
  },
});

function isOver(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

function waitUntil(isSo: () => boolean): void {
  for (let count = 0; !isSo(); count += 1) {
    assert.ok(count < 600, 'it does not come');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}
