/** What differs between deployments, and what runs: on real mounts, with names that are no text. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RootSide } from '../../../src/app/ports.ts';
import { compareRoots } from '../../../src/platform/store/compare-roots.ts';
import { spec } from '../../support/spec.ts';
import { run } from '../root/disks.ts';
import { ALL, changeRunning, type Look, show, withLook } from './look-world.ts';

/** Every name of both roots, looked at: what the quick way must find. */
function showWhole({ store }: Look, sides: readonly [RootSide, RootSide]): readonly string[] {
  const unknown = sides.map((side) => (side.isRunning ? { ...side, upper: null } : side)) as [RootSide, RootSide];
  if (sides.some(({ isRunning }) => isRunning)) return show(store.compare(unknown, ALL));
  const [from, to] = sides;
  const view = <T>({ manifest }: RootSide, work: (root: string) => T): T =>
    store.withView('a', manifest ?? assert.fail('no manifest'), work);
  const files = view(from, (one) =>
    view(to, (other) => compareRoots({ from: one, to: other, touched: null, paths: [] })),
  );
  return show({ files });
}

spec('compare()', {
  'finds what layers brought and hid, and looks at nothing else': () => {
    withLook((look) => {
      const { store, base, first, all } = look;
      const brought = [
        'removed etc/gone',
        'changed etc/hosts content',
        'removed opt/file',
        ...['added opt/new', 'added opt/new/deep', 'added opt/new/deep/x'],
        'changed var/lib/dpkg/status content',
      ];
      const withoutRights = (lines: readonly string[]) =>
        lines.filter((line) => !/ (mode|owner|attributes)$/.test(line));
      assert.deepEqual(withoutRights(show(store.compare([first, all], ALL))), brought);
      assert.deepEqual(show(store.compare([first, all], ALL)), showWhole(look, [first, all]));
      assert.deepEqual(withoutRights(show(store.compare([base, all], ALL)))[0], 'added etc/first');
      assert.deepEqual(show(store.compare([all, base], ALL)), showWhole(look, [all, base]));
      assert.deepEqual(show(store.compare([all, all], ALL)), []);
    });
  },
  'tells packages, and text line by line': () => {
    withLook(({ store, first, all }) => {
      const { files, packages, texts } = store.compare([first, all], { paths: ['etc'], content: true });
      assert.deepEqual(show({ files }).slice(0, 2), ['removed etc/gone', 'changed etc/hosts content']);
      assert.deepEqual(packages, [
        { name: 'a', from: '1', to: null },
        { name: 'b', from: null, to: '2' },
      ]);
      const hosts = '--- a/etc/hosts\n+++ b/etc/hosts\n@@ -1 +1 @@\n-one\n+two\n';
      assert.deepEqual([texts['etc/hosts'], Object.keys(texts)], [hosts, ['etc/gone', 'etc/hosts']]);
    });
  },
  'sees what runs through its mounted root, whatever was done to it, and finds by its upper what all of it shows':
    () => {
      withLook((look) => {
        const { store, root, all, base, running } = look;
        assert.deepEqual(show(store.compare([all, running], ALL)), []);
        changeRunning(root);
        run('mount', '-t', 'tmpfs', 'cover', join(root, 'var/log'));
        const lines = show(store.compare([all, running], ALL));
        for (const line of [
          'changed etc/hosts content',
          'removed etc/first',
          'changed etc/same mode',
          'removed opt/dir/a',
          'added opt/dir/c',
          'changed etc/ssh dir->link',
          'removed opt/new/deep/x',
          'added opt/moved/deep/x',
          'changed etc/hostname attributes',
          'added opt/pipe',
          'changed var/log owner',
        ]) {
          assert.ok(lines.includes(line), `${line}: ${lines.join('; ')}`);
        }
        assert.deepEqual(lines, showWhole(look, [all, running]));
        assert.deepEqual(show(store.compare([running, base], ALL)), showWhole(look, [running, base]));
        run('umount', join(root, 'var/log'));
      });
    },
});
