/**
 * Factory resets on a data partition that is absent, read-only or full, or that holds what no reset has left there.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { run } from '../boot/loop-node.ts';
import { ask, fill, has, pendingIn, withUsedNode } from './used-node.ts';

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
