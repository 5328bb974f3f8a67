/**
 * `lifeboot boot` on real partitions, mounts and records: what it enters, what it saves, what it says.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { run, withLoopNode } from './loop-node.ts';

spec('lifeboot boot', {
  'enters the first slot of a new node, with its attempt on disk, and keeps what it writes': () => {
    withLoopNode((node) => {
      const first = node.boot((root) => writeFileSync(join(root, 'etc/kept'), 'yes'));
      assert.equal(first.status, 0, first.said);
      assert.equal(first.info.slot, 'a');
      assert.equal(first.info.attempt, 1);
      assert.equal(first.info.attemptSaved, true);
      assert.match(first.root, /overlay rw/);
      assert.equal(node.state().slots['a']?.attempts, 1);
      assert.equal(node.state().slots['a']?.deployment?.version, 'test 1');
      const second = node.boot((root) => {
        assert.equal(readFileSync(join(root, 'etc/kept'), 'utf8'), 'yes');
        assert.equal(readFileSync(join(root, 'var/lib/seed'), 'utf8'), 'from the image\n');
        assert.throws(() => writeFileSync('/run/lifeboot/base/etc/x', ''), /EROFS/);
      });
      assert.equal(second.info.attempt, 2);
      assert.deepEqual(
        node.state().history.map(({ outcome }) => outcome),
        ['cut', 'running'],
      );
    });
  },
  'falls back in the same boot when a root is overwritten with noise': () => {
    withLoopNode((node) => {
      run('dd', 'if=/dev/urandom', `of=${node.device('a')}`, 'bs=1M', 'count=32', 'status=none');
      const { status, info, said } = node.boot();
      assert.equal(status, 0, said);
      assert.equal(info.slot, 'b');
      assert.equal(node.state().slots['a']?.health, 'bad');
      assert.match(info.trace.join('\n'), /slot a failed in mountBase/);
      assert.match(said, /slot a failed in mountBase/);
    });
  },
  'falls back in the same boot when a root has no init': () => {
    withLoopNode((node) => {
      node.change('a', (dir) => rmSync(join(dir, 'usr/bin/init')));
      const { info } = node.boot();
      assert.equal(info.slot, 'b');
      assert.match(node.state().slots['a']?.reason ?? '', /checkRoot failed/);
      assert.deepEqual(
        node.state().history.map(({ slot, outcome }) => `${slot} ${outcome}`),
        ['a failed', 'b running'],
      );
    });
  },
  'makes a good slot a trial when another image was written into it': () => {
    withLoopNode((node) => {
      node.boot();
      node.saveState(
        withSlot(node.state(), 'a', { health: 'good', provenId: node.state().slots['a']?.deployment?.id ?? null }),
      );
      node.rewrite('a', '2');
      const { info } = node.boot();
      assert.match(
        info.trace.join('\n'),
        /slot a is a trial with no attempts used: it holds test 2 .* not the recorded test 1/,
      );
      assert.equal(node.state().slots['a']?.health, 'trial');
      assert.equal(node.state().slots['a']?.attempts, 1);
    });
  },
  'gives each deployment an upper of its own': () => {
    withLoopNode((node) => {
      node.boot((root) => writeFileSync(join(root, 'etc/of-version-1'), ''));
      node.rewrite('a', '2');
      node.boot((root) => assert.equal(existsSync(join(root, 'etc/of-version-1')), false));
    });
  },
  'boots with an upper in memory, degraded, when the data partition is noise': () => {
    withLoopNode((node) => {
      run('dd', 'if=/dev/urandom', `of=${node.device('data')}`, 'bs=1M', 'count=32', 'status=none');
      const { status, info } = node.boot((root) => writeFileSync(join(root, 'etc/x'), ''));
      assert.equal(status, 0);
      assert.ok(info.degraded.length > 0, 'nothing is degraded');
    });
  },
  'boots without a boot state device, counting nothing, and enters no trial whose attempt cannot be saved': () => {
    withLoopNode(
      (node) => {
        const { status, info } = node.boot();
        assert.equal(status, 0);
        assert.equal(info.attemptSaved, false);
        assert.match(info.degraded.join('\n'), /attempt of this boot is not in the boot state/);
      },
      (text) => text.replace('PARTLABEL=lifeboot-state', 'PARTLABEL=nowhere'),
    );
    withLoopNode((node) => {
      node.boot();
      run('blockdev', '--setro', node.device('state'));
      try {
        const { status, info, said } = node.boot();
        assert.equal(status, 0, said);
        // Nothing is proven yet: only the recovery slot is left.
        assert.equal(info.slot, 'r');
      } finally {
        run('blockdev', '--setrw', node.device('state'));
      }
    });
  },
  'says that nothing can be booted, and starts a new round, when every root is gone': () => {
    withLoopNode((node) => {
      for (const name of ['a', 'b', 'r'] as const) {
        run('dd', 'if=/dev/urandom', `of=${node.device(name)}`, 'bs=1M', 'count=32', 'status=none');
      }
      const { status, said, root } = node.boot();
      assert.equal(status, 69);
      assert.match(said, /nothing is left to boot in this round/);
      assert.equal(root, '');
      assert.equal(node.state().round.number, 1);
    });
  },
  'reboots through stage 0 when the slot that it chose cannot be assembled': () => {
    withLoopNode((node) => {
      run('dd', 'if=/dev/urandom', `of=${node.device('b')}`, 'bs=1M', 'count=32', 'status=none');
      const cmdline = join(node.config, '..', 'cmdline');
      writeFileSync(cmdline, 'quiet lifeboot.slot=b\n');
      run('mount', '--bind', cmdline, '/proc/cmdline');
      try {
        assert.equal(node.boot().status, 75);
        assert.equal(node.state().slots['b']?.health, 'bad');
      } finally {
        run('umount', '/proc/cmdline');
      }
    });
  },
  'boots on with defaults when the configuration is broken, and says which value': () => {
    withLoopNode(
      (node) => {
        const { status, info } = node.boot();
        assert.equal(status, 0);
        assert.match(info.degraded.join('\n'), /attempts\.trial.*found 'lots'/);
      },
      (text) => `${text}\n[attempts]\ntrial = "lots"\n`,
    );
  },
  'is entered at most three times as a trial, wherever in the boot it is killed': () => {
    withLoopNode((node) => {
      let entered = 0;
      for (const killAfterMs of [60, 120, 160, 200, 240, 280, 320, 360]) {
        const { status, info } = node.boot(() => undefined, killAfterMs);
        if (status === 0 && info.slot === 'a' && info.mode === 'normal') entered += 1;
        const slot = existsSync(node.device('state')) ? readSlot(node) : undefined;
        assert.ok(entered <= (slot?.attempts ?? 0), `entered ${entered} times, ${slot?.attempts} on disk`);
      }
      assert.ok(entered <= 3);
    });
  },
});

function readSlot(node: Parameters<Parameters<typeof withLoopNode>[0]>[0]) {
  try {
    return node.state().slots['a'];
  } catch {
    // Killed before the first save: there is no state yet.
    return undefined;
  }
}
