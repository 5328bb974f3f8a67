/**
 * Factory resets on a real disk: what goes, what stays, what comes back, and a data partition that does not let it happen.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, run, withLoopNode } from '../boot/loop-node.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

/** The command, in a running system that is not there any more: the boot state is all that it needs. */
function ask(node: LoopNode, ...words: readonly string[]): void {
  const argv = [MAIN, 'factory-reset', ...words, '--config', node.config];
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** A node that has written to its layer, to its persistent directory, and an identity file nowhere else. */
function withUsedNode(body: (node: LoopNode) => void): void {
  withLoopNode((node) => {
    node.change('a', (root) => {
      for (const name of ['kept', 'deleted', 'masked/inside']) {
        mkdirSync(join(root, 'etc/masked'), { recursive: true });
        writeFileSync(join(root, 'etc', name), 'from the image\n');
      }
    });
    const first = node.boot((root) => {
      writeFileSync(join(root, 'etc/local'), 'mine\n');
      rmSync(join(root, 'etc/deleted'));
      // A directory that was replaced hides what the base has there.
      rmSync(join(root, 'etc/masked'), { recursive: true });
      mkdirSync(join(root, 'etc/masked'));
      writeFileSync(join(root, 'root/notes'), 'mine\n');
      writeFileSync(join(root, 'var/lib/data'), 'mine\n');
      writeFileSync(join(root, 'etc/machine-id'), 'the very one\n');
    });
    assert.equal(first.status, 0, first.said);
    const { deploymentId } = first.info;
    node.saveState(withSlot(node.state(), 'a', { health: 'good', provenId: deploymentId, attempts: 0 }));
    body(node);
  });
}

const has = (root: string, path: string): boolean => existsSync(join(root, path));
const store = '/run/lifeboot/data/lifeboot';

function requireImageEtc(root: string): void {
  assert.deepEqual(
    ['etc/kept', 'etc/deleted', 'etc/masked/inside', 'etc/local'].map((path) => has(root, path)),
    [true, true, true, false],
  );
}

function pendingIn(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text.includes('factory reset'));
}

/** Writes until there is no room, and gives some of it back. */
function fill(root: string, freeKib: number): void {
  const file = join(root, 'root/big');
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k'], { stdio: 'ignore' });
  truncateSync(file, statSync(file).size - freeKib * 1024);
}

spec('a factory reset', {
  'of /etc shows what the image has there again, whatever was deleted or made opaque, and leaves the rest': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'etc');
      const { info, said } = node.boot((root) => {
        requireImageEtc(root);
        assert.equal(readFileSync(join(root, 'root/notes'), 'utf8'), 'mine\n');
        assert.equal(readFileSync(join(root, 'var/lib/data'), 'utf8'), 'mine\n');
        assert.equal(readFileSync(join(root, 'etc/machine-id'), 'utf8'), 'the very one\n');
        writeFileSync(join(root, 'etc/after'), '');
      });
      assert.deepEqual([info.done?.length, pendingIn(info.degraded)], [1, []], said);
      assert.match(info.trace.join('\n'), /into 'lifeboot\/reset-1' on the data partition/);
    });
  },
  'of the uppers keeps the persistent directories and the identity, and is done once': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'upper');
      node.boot((root) => {
        requireImageEtc(root);
        assert.equal(has(root, 'root/notes'), false);
        assert.equal(readFileSync(join(root, 'var/lib/data'), 'utf8'), 'mine\n');
        assert.equal(readFileSync(join(root, 'etc/machine-id'), 'utf8'), 'the very one\n');
        writeFileSync(join(root, 'root/since'), '');
      });
      // No boot has come alive, so it is still in the state.
      assert.equal(node.state().pending.length, 1);
      const second = node.boot((root) => assert.equal(has(root, 'root/since'), true));
      assert.equal(second.info.done?.length, 1);
    });
  },
  'of everything seeds the persistent directories anew, and all of it comes back': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'all');
      node.boot((root) => {
        requireImageEtc(root);
        assert.equal(has(root, 'var/lib/data'), false);
        assert.equal(has(root, 'var/lib/seed'), true);
        writeFileSync(join(root, 'root/since'), '');
      });
      ask(node, '--undo');
      const { info } = node.boot((root) => {
        assert.deepEqual(
          ['etc/local', 'etc/deleted', 'etc/masked/inside', 'root/notes', 'var/lib/data', 'root/since'].map((path) =>
            has(root, path),
          ),
          [true, false, false, true, true, false],
        );
        assert.deepEqual(
          readdirSync(store).filter((name) => name.startsWith('reset-')),
          ['reset-2'],
        );
      });
      assert.deepEqual(pendingIn(info.degraded), []);
    });
  },
  'forgets the identity only when that is asked for': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'upper', '--forget-identity');
      node.boot((root) => assert.equal(has(root, 'etc/machine-id'), false));
      ask(node, '--undo');
      node.boot((root) => assert.equal(readFileSync(join(root, 'etc/machine-id'), 'utf8'), 'the very one\n'));
    });
  },
  'takes the identity of the proven slot where an unproven one has another': () => {
    withUsedNode((node) => {
      node.saveState({ ...node.state(), oneShot: 'b' });
      node.boot((root) => writeFileSync(join(root, 'etc/machine-id'), 'of a trial\n'));
      ask(node, '--level', 'upper');
      node.boot((root) => assert.equal(readFileSync(join(root, 'etc/machine-id'), 'utf8'), 'the very one\n'));
    });
  },
  'ends the mode clean': () => {
    withUsedNode((node) => {
      node.saveState(withSlot(node.state(), 'a', { mode: 'clean', health: 'good', attempts: 5 }));
      ask(node, '--level', 'upper');
      const { info, root } = node.boot();
      assert.deepEqual([info.mode, info.attempt, node.state().slots['a']?.mode], ['normal', 1, 'normal']);
      assert.match(root, /overlay rw/);
    });
  },
});

spec('a factory reset that cannot be done', {
  'stays pending while there is no data partition, and is done when it is back': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'upper');
      const disk = node.device('data').replace(/p[0-9]+$/, '');
      const label = run('sfdisk', '--part-label', disk, '5');
      run('sfdisk', '-q', '--no-reread', '--part-label', disk, '5', 'elsewhere');
      run('partx', '-u', disk);
      const away = node.boot((root) => assert.equal(has(root, 'root/notes'), false));
      assert.equal(away.status, 0, away.said);
      assert.match(pendingIn(away.info.degraded).join(), /the factory reset is still pending/);
      assert.deepEqual([away.info.done, node.state().pending.length], [undefined, 1]);
      run('sfdisk', '-q', '--no-reread', '--part-label', disk, '5', label);
      run('partx', '-u', disk);
      const back = node.boot((root) => assert.equal(has(root, 'root/notes'), false));
      assert.equal(back.info.done?.length, 1, back.said);
    });
  },
  'stays pending on a data partition that is read-only': () => {
    withUsedNode((node) => {
      ask(node, '--level', 'upper');
      run('blockdev', '--setro', node.device('data'));
      const { info } = node.boot();
      run('blockdev', '--setrw', node.device('data'));
      assert.match(
        pendingIn(info.degraded).join(),
        /still pending: the data partition (is read-only|cannot be written)/,
      );
      assert.equal(node.boot().info.done?.length, 1);
    });
  },
  'makes room on a data partition that is nearly full, and says that it cannot be undone': () => {
    withUsedNode((node) => {
      node.boot((root) => fill(root, 64));
      ask(node, '--level', 'upper');
      const { info, said } = node.boot((root) => {
        assert.equal(has(root, 'root/big'), false);
        writeFileSync(join(root, 'root/since'), '');
      });
      assert.match(pendingIn(info.degraded).join(), /full.*what the last factory reset put aside was deleted/, said);
      assert.equal(info.done?.length, 1);
      ask(node, '--undo');
      const undo = node.boot((root) => assert.equal(has(root, 'root/since'), true));
      assert.match(pendingIn(undo.info.degraded).join(), /cannot be undone: what it put aside is not there any more/);
    });
  },
  'stays pending on a data partition without room for its list, and the boot goes on': () => {
    withUsedNode((node) => {
      node.boot((root) => fill(root, 0));
      ask(node, '--level', 'upper');
      const { info, status, said } = node.boot();
      assert.equal(status, 0, said);
      assert.match(pendingIn(info.degraded).join(), /still pending: the data partition is full/);
      node.change('data', (dir) =>
        assert.ok(has(join(dir, 'lifeboot/upper'), `a-${info.deploymentId}/upper/root/big`)),
      );
    });
  },
  'is brought to its end by the next boot, also when the boot state was lost': () => {
    withUsedNode((node) => {
      node.change('data', (dir) => {
        const [upper = ''] = readdirSync(join(dir, 'lifeboot/upper'));
        const record = { format: 1, id: 'x', level: 'upper', put: [`upper/${upper}`], back: [], from: null };
        mkdirSync(join(dir, 'lifeboot/reset-1'));
        writeFileSync(join(dir, 'lifeboot/reset-1/manifest.json'), JSON.stringify(record));
      });
      node.boot((root) => assert.equal(has(root, 'root/notes'), false));
    });
  },
  'leaves alone a list that leads out of the store, or is a link': () => {
    withUsedNode((node) => {
      node.change('data', (dir) => {
        writeFileSync(join(dir, 'precious'), '');
        const record = { format: 1, id: 'x', level: 'upper', put: ['../precious'], back: [], from: null };
        mkdirSync(join(dir, 'lifeboot/reset-1'));
        writeFileSync(join(dir, 'lifeboot/reset-1/manifest.json'), JSON.stringify(record));
        symlinkSync('/nowhere', join(dir, 'lifeboot/reset-2'));
      });
      ask(node, '--level', 'etc');
      const { info, said } = node.boot((root) => assert.equal(has(root, 'etc/local'), false));
      assert.equal(info.done?.length, 1, said);
      node.change('data', (dir) => assert.ok(has(dir, 'precious') && has(dir, 'lifeboot/reset-3/done')));
    });
  },
});
