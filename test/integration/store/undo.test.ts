/** Single paths of what runs, brought back as another deployment has them: on real mounts. */
import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../../src/core/errors.ts';
import { spec } from '../../support/spec.ts';
import { run } from '../root/disks.ts';
import { ALL, changeRunning, show, withLook } from './look-world.ts';

function refusal(work: () => void): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof BootError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return assert.fail('it was done');
}

const UNDO = { force: false, dryRun: false };
const TOPS = ['etc', 'opt', 'var'];

spec('undo()', {
  'brings all that was changed back, entry by entry': () => {
    withLook(({ store, root, all, running }) => {
      changeRunning(root);
      const dry = store.undo([all, running], { paths: TOPS, force: false, dryRun: true });
      const before = show(store.compare([all, running], ALL));
      assert.deepEqual(show({ files: dry }), before);
      store.undo([all, running], { ...UNDO, paths: TOPS });
      assert.deepEqual(show(store.compare([all, { ...running, upper: null }], ALL)), []);
      assert.equal(statSync(join(root, 'etc/same')).mode & 0o7777, 0o644);
      assert.deepEqual(readdirSync(join(root, 'opt/dir')).sort(), ['a', 'b']);
      assert.equal(existsSync(join(root, '.lifeboot-undo')), false);
    });
  },
  'undoes what one deployment brought over another, in what runs': () => {
    withLook(({ store, root, first, all }) => {
      store.undo([first, all], { ...UNDO, paths: ['etc/hosts', 'etc/gone', 'opt/new'] });
      assert.deepEqual(
        ['etc/hosts', 'etc/gone'].map((path) => readFileSync(join(root, path), 'utf8')),
        ['one\n', 'gone\n'],
      );
      assert.deepEqual([existsSync(join(root, 'opt/new')), existsSync(join(root, 'opt/file'))], [false, false]);
    });
  },
  'refuses what was changed again, except by force, and changes nothing then': () => {
    withLook(({ store, root, first, all }) => {
      writeFileSync(join(root, 'etc/hosts'), 'mine\n');
      writeFileSync(join(root, 'opt/new/deep/mine'), 'mine\n');
      const paths = ['etc', 'opt'];
      const why = refusal(() => store.undo([first, all], { ...UNDO, paths }));
      assert.match(why, /^REFUSED: changed again since: '\/etc\/hosts', '\/opt\/new\/deep\/mine'; nothing is undone/);
      assert.equal(existsSync(join(root, 'etc/gone')), false);
      store.undo([first, all], { ...UNDO, paths, force: true });
      assert.equal(readFileSync(join(root, 'etc/hosts'), 'utf8'), 'one\n');
      assert.equal(existsSync(join(root, 'opt/new')), false);
    });
  },
  'never follows a link out of the root, not even by force': () => {
    withLook(({ store, stacked, root, first, all }) => {
      const outside = join(stacked.node.dir, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'hosts'), 'outside\n');
      rmSync(join(root, 'etc'), { recursive: true });
      symlinkSync(outside, join(root, 'etc'));
      assert.match(
        refusal(() => store.undo([first, all], { ...UNDO, paths: ['etc/hosts'] })),
        /'\/etc'/,
      );
      const forced = refusal(() => store.undo([first, all], { ...UNDO, paths: ['etc/hosts'], force: true }));
      assert.match(forced, /'\/etc\/hosts' cannot be brought back: its directory is no directory/);
      assert.equal(readFileSync(join(outside, 'hosts'), 'utf8'), 'outside\n');
      assert.equal(readlinkSync(join(root, 'etc')), outside);
    });
  },
  'leaves alone what is mounted in the root, and what a killed undo has left': () => {
    withLook(({ store, root, first, all }) => {
      run('mount', '-t', 'tmpfs', 'persistent', join(root, 'var'));
      const why = refusal(() => store.undo([first, all], { ...UNDO, paths: ['var/lib/dpkg/status'] }));
      assert.match(why, /is no part of the root: something is mounted there/);
      run('umount', join(root, 'var'));
      mkdirSync(join(root, '.lifeboot-undo/old/1'), { recursive: true });
      store.undo([first, all], { ...UNDO, paths: ['etc/hosts'] });
      assert.equal(lstatSync(join(root, '.lifeboot-undo'), { throwIfNoEntry: false }), undefined);
    });
  },
});
