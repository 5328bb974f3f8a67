/**
 * `lifeboot repair` by the packed binary on a node with real partitions: a slot written anew, cut in the middle by
 * kill -9, examined after a fallback, repaired as the configuration says; and what the next boot makes of each.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EMPTY_SLOT, withSlot } from '../../../src/core/state/state.ts';
import { checkSchema } from '../../support/check-schema.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, run, withLoopNode } from '../boot/loop-node.ts';

const BINARY = resolve(import.meta.dirname, '../../../dist/lifeboot');

/** Boots slot a and proves it. */
function proveA(node: LoopNode): void {
  node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
}

/** Printed text without its line breaks. */
function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function bytesOf(node: LoopNode, name: 'a' | 'b'): string {
  run('blockdev', '--flushbufs', node.device(name));
  return run('sha256sum', node.device(name)).split(' ')[0] ?? '';
}

/** Runs `repair` and kills it with SIGKILL as soon as a line of what it says matches. */
function cutAt(node: LoopNode, command: readonly string[], pattern: string): void {
  const script = `exec 3< <(exec "\${@:2}"); pid=$!
while IFS= read -r line <&3; do [[ $line =~ $1 ]] && kill -9 $pid; done; wait $pid; true`;
  const argv = ['-c', script, 'cut', pattern, BINARY, ...command, '--config', node.config];
  const ran = spawnSync('bash', argv, { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
}

spec('repair SLOT --from on a node', {
  'copies the running slot to the other one, which then boots as a trial': () => {
    withLoopNode((node) => {
      proveA(node);
      node.boot(() => {
        const wrong = node.lifeboot('repair', 'a', '--from', 'b');
        assert.deepEqual([wrong.status, wrong.stderr.split('\n')[0]], [1, "lifeboot: slot 'a' is running"]);
        const done = node.lifeboot('repair', 'b', '--from', 'a');
        assert.equal(done.status, 0, done.stderr);
        assert.equal(bytesOf(node, 'b'), bytesOf(node, 'a'));
        const { b } = node.state().slots;
        assert.deepEqual(
          [b?.health, b?.attempts, b?.deployment?.id],
          ['trial', 0, node.state().slots['a']?.deployment?.id],
        );
        assert.equal(node.lifeboot('repair', 'b', '--from', 'a').status, 2);
        assert.equal(node.lifeboot('switch', 'b').status, 0);
      });
      const { info } = node.boot();
      assert.deepEqual([info.slot, info.attempt], ['b', 1]);
    });
  },
  'writes an image, and refuses one that is too large, cut off, compressed or without an init, before the first byte':
    () => {
      withLoopNode((node) => {
        proveA(node);
        const image = join(dirname(node.config), 'image');
        run('dd', `if=${node.device('b')}`, `of=${image}`, 'bs=1M', 'status=none');
        const before = bytesOf(node, 'b');
        const refused = (status: number, message: RegExp): void => {
          const ran = node.lifeboot('repair', 'b', '--from', image);
          assert.equal(ran.status, status, ran.stderr);
          assert.match(ran.stderr, message);
        };
        truncateSync(image, (32 << 20) + 4096);
        refused(1, /is larger than \/dev\/loop\d+p3 of slot 'b'/);
        truncateSync(image, 16 << 20);
        refused(65, /is cut off/);
        writeFileSync(image, spawnSync('gzip', ['-c'], { input: 'x'.repeat(9000) }).stdout);
        refused(65, /is compressed/);
        run('dd', `if=${node.device('b')}`, `of=${image}`, 'bs=1M', 'status=none');
        run('debugfs', '-w', '-R', 'rm /usr/bin/init', image);
        refused(65, /could not be booted from slot 'b': init: no init in the root/);
        assert.equal(bytesOf(node, 'b'), before, 'nothing was written');
        assert.equal(node.state().slots['b']?.health, 'trial');
        run('dd', `if=${node.device('a')}`, `of=${image}`, 'bs=1M', 'status=none');
        assert.equal(node.lifeboot('repair', 'b', '--from', image).status, 0);
        assert.equal(bytesOf(node, 'b'), bytesOf(node, 'a'));
      });
    },
  'never writes the slot that proved itself last, also while another one runs': () => {
    withLoopNode((node) => {
      proveA(node);
      assert.equal(node.lifeboot('switch', 'b', '--once').status, 0);
      node.boot(() => {
        const before = bytesOf(node, 'a');
        const ran = node.lifeboot('repair', 'a', '--from', 'b');
        assert.equal(ran.status, 1);
        assert.match(
          ran.stderr,
          /slot 'a' is the one that proved itself last: it is the way back and is not written\nhint: /,
        );
        assert.equal(bytesOf(node, 'a'), before);
        // Now b is the way back.
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        assert.equal(node.lifeboot('repair', 'a', '--from', 'b').status, 0);
      });
    });
  },
  'is killed anywhere: no boot enters the half-written slot, and a second run finishes it': () => {
    const ends: string[] = [];
    withLoopNode((node) => {
      proveA(node);
      for (const at of ['^record slot b as empty', '^clear the head', ' 50 %', '^read it back', '^write the head']) {
        run('dd', 'if=/dev/urandom', `of=${node.device('b')}`, 'bs=1M', 'count=8', 'status=none', 'conv=fsync');
        node.saveState(withSlot({ ...node.state(), order: ['b', 'a', 'r'] }, 'b', { ...EMPTY_SLOT, examined: null }));
        cutAt(node, ['repair', 'b', '--from', 'a'], at);
        const { b } = node.state().slots;
        ends.push(`${at}: ${b?.health}`);
        const isUntouched = b?.health === 'trial' && b.reason === null;
        assert.ok(b?.health === 'empty' || isUntouched, `${at}: ${JSON.stringify(b)}`);
        if (b?.health === 'empty') {
          assert.equal(node.boot().info.slot, 'a', `after ${at}`);
          assert.match(words(node.lifeboot('why').stdout), /b is empty: slot a is being written into it/);
        }
        const again = node.lifeboot('repair', 'b', '--from', 'a');
        assert.equal(again.status, 0, again.stderr);
        assert.equal(bytesOf(node, 'b'), bytesOf(node, 'a'));
      }
      assert.equal(node.boot().info.slot, 'b');
    });
    assert.ok(ends.filter((end) => end.endsWith('empty')).length >= 3, ends.join('; '));
  },
  'cut before the head is written, nothing can mount the slot, also when the state is lost': () => {
    withLoopNode((node) => {
      proveA(node);
      cutAt(node, ['repair', 'b', '--from', 'a'], ' 50 %');
      assert.equal(node.state().slots['b']?.health, 'empty');
      assert.equal(node.lifeboot('switch', 'b').status, 65);
      run('dd', 'if=/dev/urandom', `of=${node.device('state')}`, 'bs=64K', 'count=16', 'status=none');
      run('dd', 'if=/dev/zero', `of=${node.device('a')}`, 'bs=64K', 'count=1', 'status=none');
      assert.equal(node.boot().info.slot, 'r', 'only its missing superblock speaks against b here');
    });
  },
});

spec('repair SLOT on a node', {
  'prints JSON that fits its schema, and tells by its exit code how the slot is': () => {
    withLoopNode((node) => {
      const schema = JSON.parse(
        readFileSync(join(import.meta.dirname, '../../../bootconfig/schema/repair.schema.json'), 'utf8'),
      );
      const look = (status: number): void => {
        const ran = node.lifeboot('repair', 'b', '--json');
        assert.equal(ran.status, status, ran.stderr);
        assert.deepEqual(checkSchema(JSON.parse(ran.stdout), schema), []);
      };
      look(0);
      node.change('b', (dir) => truncateSync(join(dir, 'usr/bin/busybox'), 5000));
      look(1);
      run('dd', 'if=/dev/zero', `of=${node.device('b')}`, 'bs=1M', 'count=1', 'status=none');
      look(1);
      assert.equal(node.lifeboot('repair', 'x').status, 64);
      assert.equal(node.lifeboot('repair', 'b', '--form', 'a').status, 64);
    });
  },
});

spec('repair --check after a fallback', {
  'examines the slot that failed, and why shows the finding, also after the next reboot': () => {
    withLoopNode((node) => {
      node.change('a', (dir) => rmSync(join(dir, 'usr/bin/init')));
      node.boot(() => {
        assert.equal(JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8')).slot, 'b');
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        const checked = node.lifeboot('repair', '--check');
        assert.equal(checked.status, 1, checked.stderr);
        assert.match(checked.stdout, /slot a is damaged[\s\S]*fail {2}init: no init in the root/);
        assert.equal(node.lifeboot('repair', '--check').status, 2, 'once');
      });
      node.boot(() => {
        const why = words(node.lifeboot('why').stdout);
        assert.match(why, /a is bad: .*; examined at \S+, it is damaged \(init: no init in the root/);
        const schema = join(import.meta.dirname, '../../../bootconfig/schema/state.schema.json');
        assert.deepEqual(checkSchema(node.state(), JSON.parse(readFileSync(schema, 'utf8'))), []);
      });
    });
  },
  "repairs a file system in place with auto = 'fsck', and the slot is a trial": () => {
    withLoopNode(
      (node) => {
        run('debugfs', '-w', '-R', 'clri /var/lib/seed', node.device('a'));
        run(
          'dd',
          'if=/dev/zero',
          `of=${node.device('a')}`,
          'bs=1024',
          'seek=1',
          'count=1',
          'status=none',
          'conv=notrunc',
        );
        node.boot(() => {
          assert.equal(node.lifeboot('mark', 'good').status, 0);
          const { stdout } = node.lifeboot('repair', '--check');
          assert.match(words(stdout), /done: the file system of slot a was repaired in place, and the slot is a trial/);
          assert.equal(node.state().slots['a']?.health, 'trial');
          assert.equal(node.lifeboot('repair', 'a').status, 0);
          assert.equal(node.lifeboot('switch', 'a').status, 0);
        });
        assert.equal(node.boot().info.slot, 'a');
      },
      (text) => `${text}\n[repair]\nauto = "fsck"\n`,
    );
  },
  "writes it from a slot with auto = 'reflash', and leaves the way back alone": () => {
    withLoopNode(
      (node) => {
        run('dd', 'if=/dev/urandom', `of=${node.device('a')}`, 'bs=1M', 'count=32', 'status=none');
        node.boot(() => {
          node.lifeboot('mark', 'good');
          const { stdout } = node.lifeboot('repair', '--check');
          assert.match(words(stdout), /done: slot a was written anew from b and is a trial/);
          assert.equal(bytesOf(node, 'a'), bytesOf(node, 'b'));
        });
        // The way back, damaged while another slot is on trial, is only looked at.
        node.saveState(withSlot(node.state(), 'a', { health: 'empty' }));
        run('dd', 'if=/dev/urandom', `of=${node.device('b')}`, 'bs=1M', 'count=32', 'status=none');
        node.boot(() => {
          assert.equal(JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8')).slot, 'r');
          const { stdout } = node.lifeboot('repair', '--check');
          assert.match(words(stdout), /slot b is not repaired: slot 'b' is the one that proved itself last/);
        });
      },
      (text) => `${text}\n[repair]\nauto = "reflash"\nsource = "b"\n`,
    );
  },
});
