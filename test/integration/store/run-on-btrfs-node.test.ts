/** `lifeboot run` by the packed binary, on a node whose two slots are one Btrfs subvolume, on the data partition. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { type LoopNode, makeTree, withLoopNode } from '../boot/loop-node.ts';

const STORE = '/run/lifeboot/data/lifeboot';

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A node whose slots a and b are the same subvolume; slot a is proven. */
export function withBtrfsPair(body: (node: LoopNode) => void): void {
  withLoopNode(
    (node) => {
      // Two copies of all metadata would take too much of a small disk.
      run('mkfs.btrfs', '-q', '-f', '-m', 'single', node.device('data'));
      node.change('data', (top) => {
        mkdirSync(join(top, '@roots'));
        run('btrfs', '-q', 'subvolume', 'create', join(top, '@roots/written'));
        const root = makeTree(join(top, '@roots/written'), '1');
        mkdirSync(join(root, 'bin'), { recursive: true });
        for (const name of ['busybox', 'sh']) copyFileSync('/bin/busybox', join(root, 'bin', name));
        run('btrfs', '-q', 'subvolume', 'snapshot', '-r', root, join(top, '@roots/base'));
      });
      node.boot((root) => {
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        writeFileSync(join(root, 'etc/mine'), 'mine\n');
      });
      body(node);
    },
    (text) => {
      const device = '"PARTLABEL=system-data"';
      const slot = `${device}\nsubvolume = "@roots/base"`;
      const slots = text.replace('"PARTLABEL=root-a"', slot).replace('"PARTLABEL=root-b"', slot);
      // The name is put in by the node, at one place.
      return slots.replaceAll('system-data', `t${process.pid}-data`);
    },
  );
}

function upgrade(node: LoopNode, script: string, ...flags: readonly string[]) {
  return node.lifeboot('--config', node.config, 'run', ...flags, '--', '/bin/busybox', 'sh', '-ec', script, 'sh');
}

function layers(): readonly string[] {
  return readdirSync(join(STORE, 'layers'));
}

spec('run on a Btrfs node', {
  'upgrades the other slot by a subvolume, leaves the running one alone, and goes back without a trace': () => {
    withBtrfsPair((node) => {
      node.boot((root) => {
        const done = upgrade(node, 'echo new >/etc/new; rm /etc/mine');
        assert.equal(done.status, 0, done.stderr);
        assert.equal(existsSync(join(root, 'etc/new')), false);
        assert.deepEqual(readdirSync(join(STORE, 'tmp')), []);
        assert.equal(layers().length, 2);
        for (const name of layers()) assert.match(name, /^[0-9a-f]{64}\.subvol$/);
        assert.equal(node.lifeboot('snapshot', 'query', '--verify').status, 0);
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
  'does five in a row, and deletes the subvolumes that nobody needs': () => {
    withBtrfsPair((node) => {
      for (let count = 1; count <= 5; count += 1) {
        node.boot(() => {
          assert.equal(node.lifeboot('mark', 'good').status, 0);
          const done = upgrade(node, `echo ${count} >>/etc/counts`);
          assert.equal(done.status, 0, done.stderr);
        });
      }
      node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/counts'), 'utf8'), '1\n2\n3\n4\n5\n');
        assert.equal(readFileSync(join(root, 'etc/mine'), 'utf8'), 'mine\n');
        assert.ok(layers().length <= 3, layers().join());
      });
    });
  },
  'changes nothing when the command fails': () => {
    withBtrfsPair((node) => {
      node.boot(() => {
        const done = upgrade(node, 'echo new >/etc/new; exit 3');
        assert.notEqual(done.status, 0);
        assert.equal(node.lifeboot('snapshot', 'query').stdout.split('\n')[0], 'no snapshot is taken');
        // What the running slot has changed was sealed already, and goes with the next collection.
        assert.ok(layers().every((name) => name.endsWith('.subvol')));
      });
    });
  },
});

spec('install of a send stream', {
  'puts the other slot on trial with what came in; one that was cut short, or is unsigned, changes nothing': () => {
    withBtrfsPair((node) => {
      const stream = `${node.config}.btrfs`;
      node.change('data', (top) => {
        const made = join(top, '@roots/next');
        run('btrfs', '-q', 'subvolume', 'snapshot', join(top, '@roots/written'), made);
        writeFileSync(join(made, 'etc/received'), 'received\n');
        run('btrfs', 'property', 'set', '-ts', made, 'ro', 'true');
        run('btrfs', '-q', 'send', '-f', stream, made);
        run('btrfs', '-q', 'subvolume', 'delete', made);
      });
      node.boot(() => {
        const unsigned = node.lifeboot('install', stream);
        assert.equal(unsigned.status, 65, unsigned.stderr);
        assert.match(unsigned.stderr, /no signature/);
        writeFileSync(node.config, `${readFileSync(node.config, 'utf8')}\n[install]\nunsigned = true\n`);
        const short = `${node.config}.short.btrfs`;
        writeFileSync(short, readFileSync(stream).subarray(0, 100_000));
        const cut = node.lifeboot('install', short);
        assert.equal(cut.status, 65, cut.stderr + cut.stdout);
        assert.match(cut.stderr, /damaged, cut short/);
        assert.deepEqual(layers(), []);
        const done = node.lifeboot('install', stream);
        assert.equal(done.status, 0, done.stderr);
        assert.match(done.stdout, /slot b has what came in/);
      });
      const { info } = node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/received'), 'utf8'), 'received\n');
        assert.equal(existsSync(join(root, 'etc/mine')), false);
      });
      assert.deepEqual([info.slot, info.attempt], ['b', 1]);
      assert.equal(node.state().slots['b']?.health, 'trial');
    });
  },
});

/** A configuration of Snapper's that no other process uses, in the mount namespace of the test. */
function snapper(...args: readonly string[]): string {
  return execFileSync('snapper', ['--no-dbus', '-c', `lbtest${process.pid}`, ...args], { encoding: 'utf8' });
}

spec("Snapper's snapshots", {
  'are listed and booted, read-only below an upper of their own, and Snapper still reads and deletes its own': () => {
    withBtrfsPair((node) => {
      const root = `${node.config}.root`;
      mkdirSync(root);
      // Nothing of Snapper's settings on this machine is changed.
      for (const dir of ['/etc/snapper', '/etc/default'])
        run('mount', '-t', 'overlay', 'test', '-o', upperOf(dir), dir);
      try {
        run('mount', '-o', 'subvol=@roots/written', node.device('data'), root);
        snapper('create-config', root);
        snapper('create', '--description', 'old & good', '--userdata', 'a=b', '--cleanup-algorithm', 'number');
        writeFileSync(join(root, 'etc/later'), 'later\n');
        const config = readFileSync(node.config, 'utf8');
        writeFileSync(
          node.config,
          `${config}\n[btrfs]\nsubvolumes = [{ path = "/", snapshots = "@roots/written/.snapshots" }]\n`,
        );
        node.boot(() => {
          const list = node.lifeboot('snapshot', 'list');
          assert.match(list.stdout, /snapper:1 .*single.*number.*old & good.*a=b/);
          const done = node.lifeboot('switch', 'snapper:1', '--once');
          assert.equal(done.status, 0, done.stderr);
          assert.match(snapper('list'), /old & good/);
        });
        const { info } = node.boot((booted) => {
          assert.equal(existsSync(join(booted, 'etc/later')), false);
          writeFileSync(join(booted, 'etc/written'), 'here\n');
        });
        assert.equal(info.slot, 's1');
        snapper('delete', '1');
        assert.doesNotMatch(snapper('list'), /old & good/);
        node.boot(() => {
          assert.equal(node.lifeboot('switch', 's1', '--once').status, 0);
          assert.doesNotMatch(node.lifeboot('snapshot', 'list').stdout, /snapper:1 /);
        });
        const again = node.boot((booted) => assert.equal(readFileSync(join(booted, 'etc/written'), 'utf8'), 'here\n'));
        assert.equal(again.info.slot, 's1');
        snapper('delete-config');
      } finally {
        for (const place of [root, '/etc/default', '/etc/snapper']) execFileSync('umount', ['-l', place]);
      }
    });
  },
});

function upperOf(dir: string): string {
  const place = `/run/upper${dir.replaceAll('/', '-')}`;
  for (const name of ['upper', 'work']) mkdirSync(join(place, name), { recursive: true });
  return `lowerdir=${dir},upperdir=${place}/upper,workdir=${place}/work`;
}
