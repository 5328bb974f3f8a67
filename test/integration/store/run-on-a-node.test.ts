/** `lifeboot run` and the snapshot verbs by the packed binary, on a node whose two slots share one partition. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { type LoopNode, withLoopNode } from '../boot/loop-node.ts';

const STORE = '/run/lifeboot/data/lifeboot';

/** A node whose slot a is proven, with a shell and a file of its own. */
function withPair(body: (node: LoopNode) => void): void {
  withLoopNode(
    (node) => {
      node.boot((root) => {
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        mkdirSync(join(root, 'bin'), { recursive: true });
        for (const name of ['busybox', 'sh']) copyFileSync('/bin/busybox', join(root, 'bin', name));
        writeFileSync(join(root, 'etc/mine'), 'mine\n');
      });
      body(node);
    },
    (text) => text.replace('"PARTLABEL=root-b"', '"PARTLABEL=root-a"'),
  );
}

function upgrade(node: LoopNode, script: string, ...flags: readonly string[]) {
  // What comes after the command belongs to it.
  return node.lifeboot('--config', node.config, 'run', ...flags, '--', '/bin/busybox', 'sh', '-c', script, 'sh');
}

spec('run on a node', {
  'upgrades the other slot, leaves the running one alone, and goes back without a trace': () => {
    withPair((node) => {
      node.boot((root) => {
        const done = upgrade(node, 'echo new >/etc/new; rm /etc/mine');
        assert.equal(done.status, 0, done.stderr);
        assert.equal(existsSync(join(root, 'etc/new')), false);
        assert.deepEqual(readdirSync(join(STORE, 'tmp')), []);
        writeFileSync(join(root, 'etc/session'), 'dropped\n');
      });
      const upgraded = node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/new'), 'utf8'), 'new\n');
        for (const name of ['mine', 'session']) assert.equal(existsSync(join(root, 'etc', name)), false);
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        const back = node.lifeboot('rollback');
        assert.equal(back.status, 0, back.stderr);
      });
      assert.equal(upgraded.info.slot, 'b');
      const { info } = node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/mine'), 'utf8'), 'mine\n');
        assert.equal(existsSync(join(root, 'etc/new')), false);
        assert.equal(existsSync(join(root, 'etc/session')), false);
      });
      assert.deepEqual([info.slot, info.attempt], ['a', 1]);
      assert.equal(node.state().slots['a']?.health, 'good');
    });
  },
  'does ten in a row, each from the slot that the last one made, and deletes what nobody needs': () => {
    withPair((node) => {
      for (let count = 1; count <= 10; count += 1) {
        node.boot(() => {
          const done = upgrade(node, `echo ${count} >/etc/count; echo x >/etc/n${count}; rm -f /etc/n${count - 1}`);
          assert.equal(done.status, 0, done.stderr);
        });
        const { info } = node.boot((root) => {
          assert.equal(readFileSync(join(root, 'etc/count'), 'utf8'), `${count}\n`);
          assert.equal(readFileSync(join(root, 'etc/mine'), 'utf8'), 'mine\n');
          assert.equal(node.lifeboot('mark', 'good').status, 0);
          const layers = readdirSync(join(STORE, 'layers')).length;
          assert.ok(layers <= 2 * count + 2, `${layers} layers after ${count} upgrades`);
        });
        assert.equal(info.slot, count % 2 === 1 ? 'b' : 'a');
      }
      node.boot((root) => {
        assert.deepEqual(
          readdirSync(join(root, 'etc')).filter((name) => /^n\d/.test(name)),
          ['n10'],
        );
      });
    });
  },
  'flattens a chain that is longer than configured, and shows the same': () => {
    withPair((node) => {
      writeFileSync(node.config, `${readFileSync(node.config, 'utf8')}\n[layers]\ncompact = 2\n`);
      for (let count = 1; count <= 4; count += 1) {
        node.boot(() => assert.equal(upgrade(node, `echo ${count} >/etc/n${count}`).status, 0));
        node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
      }
      node.boot((root) => {
        for (const name of ['n1', 'n2', 'n3', 'n4', 'mine']) assert.ok(existsSync(join(root, 'etc', name)), name);
        assert.ok(readdirSync('/run/lifeboot/l').length <= 3);
      });
    });
  },
  'comes back on the old one when the upgrade has no init': () => {
    withPair((node) => {
      node.boot(() => assert.equal(upgrade(node, 'rm /sbin/init').status, 0));
      const { info } = node.boot();
      assert.equal(info.slot, 'a');
      assert.equal(node.state().slots['b']?.health, 'bad');
    });
  },
  'takes and cancels a snapshot in one boot, and what was written since is still there': () => {
    withPair((node) => {
      node.boot((root) => {
        const taken = node.lifeboot('snapshot', 'take');
        assert.equal(taken.status, 0, taken.stderr);
        writeFileSync(join(root, 'etc/since'), 'since\n');
        assert.equal(node.lifeboot('snapshot', 'cancel').status, 0);
      });
      const { info } = node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/since'), 'utf8'), 'since\n');
        assert.equal(readFileSync(join(root, 'etc/mine'), 'utf8'), 'mine\n');
      });
      assert.equal(info.slot, 'a');
    });
  },
});
