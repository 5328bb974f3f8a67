/**
 * What a running root has changed of its image, read from a real overlay; and the preview of the merge against what the next
 * boot then does.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEtc } from '../../../src/core/operate/describe-etc.ts';
import { withSlot } from '../../../src/core/state/state.ts';
import { makeChanges } from '../../../src/platform/store/running-changes.ts';
import { spec } from '../../support/spec.ts';
import { run, withLoopNode } from '../boot/loop-node.ts';

const RUN = '/run/lifeboot';
const changesOf = (root: string) => makeChanges({ runDir: RUN, store: join(RUN, 'data/lifeboot'), root });

function write(root: string, path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

spec('drift()', {
  'tells changed, deleted and masked files of the image with their sizes, and nothing that only the node has': () => {
    withLoopNode((node) => {
      node.change('a', (root) => {
        for (const path of [
          'etc/changed',
          'etc/deleted',
          'etc/dir/one',
          'etc/masked/one',
          'etc/masked/two',
          'etc/kept',
        ]) {
          write(root, path, '12345');
        }
      });
      node.boot((root) => {
        assert.deepEqual(changesOf(root).drift(), []);
        write(root, 'etc/changed', '123456789');
        write(root, 'etc/own', 'only here');
        for (const path of ['etc/deleted', 'etc/dir', 'etc/masked']) rmSync(join(root, path), { recursive: true });
        write(root, 'etc/masked/two', '1');
        write(root, 'var/lib/bound', 'on the data partition');
        const file = { imageBytes: 5 };
        assert.deepEqual(changesOf(root).drift(), [
          { path: 'etc/changed', kind: 'changed', sizeBytes: 9, ...file },
          { path: 'etc/deleted', kind: 'deleted', sizeBytes: 0, ...file },
          { path: 'etc/dir', kind: 'deleted', sizeBytes: 0, ...file },
          { path: 'etc/masked/one', kind: 'deleted', sizeBytes: 0, ...file },
          { path: 'etc/masked/two', kind: 'changed', sizeBytes: 1, ...file },
        ]);
      });
    });
  },
  'says so where the root is none of lifeboot': () => {
    assert.throws(() => changesOf('/proc').drift(), /has no writable layer of lifeboot/);
  },
});

spec('etcSides()', {
  'previews exactly what the first boot of the other deployment does, and leaves nothing mounted': () => {
    withLoopNode(
      (node) => {
        node.change('a', (root) => {
          for (const path of ['both', 'gone', 'same']) write(root, `etc/${path}`, '1');
        });
        node.rewrite('b', '2');
        node.change('b', (root) => {
          for (const [path, text] of [
            ['both', '3'],
            ['gone', '1'],
            ['same', '1'],
            ['new', '3'],
          ]) {
            write(root, `etc/${path}`, text ?? '');
          }
        });
        let foreseen = describeEtc('b', 'etc', { base: new Map(), local: new Map(), next: new Map() });
        const first = node.boot((root) => {
          write(root, 'etc/both', '2');
          write(root, 'etc/mine', '2');
          rmSync(join(root, 'etc/gone'));
          const before = run('findmnt', '-n', '-l', '-o', 'TARGET');
          const device = `PARTUUID=${run('blkid', '-s', 'PARTUUID', '-o', 'value', node.device('b'))}`;
          foreseen = describeEtc('b', 'etc', changesOf(root).etcSides('b', { root: device }));
          assert.equal(run('findmnt', '-n', '-l', '-o', 'TARGET'), before);
        });
        assert.deepEqual([foreseen.kept, foreseen.hidden], [['both', 'mine'], ['gone']]);
        assert.deepEqual(
          foreseen.conflicts.map(({ path }) => path),
          ['both'],
        );
        const provenId = first.info.deploymentId;
        node.saveState({ ...withSlot(node.state(), 'a', { health: 'good', provenId }), oneShot: 'b' });
        node.boot((root) => {
          const files = ['both', 'both.lifeboot-new', 'mine', 'new', 'same'].map((path) =>
            readFileSync(join(root, 'etc', path), 'utf8'),
          );
          assert.deepEqual(files, ['2', '3', '2', '3', '1']);
          assert.equal(readdirSync(join(root, 'etc')).includes('gone'), false);
        });
      },
      (text) => text.replace('[upper]\n', '[upper]\ncarry = "etc"\n'),
    );
  },
});
