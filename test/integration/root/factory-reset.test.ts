/**
 * Factory resets on a real disk: what goes, what stays, and what comes back.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { ask, has, pendingIn, requireImageEtc, store, withUsedNode } from './used-node.ts';

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
  'takes what the proven slot has renewed since the last proof, not the older copy': () => {
    withUsedNode((node) => {
      node.change('data', (dir) => {
        for (const tree of ['identity', 'identity-saved'])
          mkdirSync(join(dir, 'lifeboot', tree, 'etc'), { recursive: true });
        writeFileSync(join(dir, 'lifeboot/identity/etc/machine-id'), 'before the renewal\n');
      });
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
