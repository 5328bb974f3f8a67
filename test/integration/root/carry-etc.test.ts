/**
 * `[upper] carry = "etc"` on a real disk: what the node changed in /etc is there in the next deployment, by the rules of the
 * merge, and the old one has its own when it comes back.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, withLoopNode } from '../boot/loop-node.ts';

type Files = Readonly<Record<string, string>>;

const carrying = (text: string): string => text.replace('[upper]\n', '[upper]\ncarry = "etc"\n');

function write(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'etc', path)), { recursive: true });
    writeFileSync(join(root, 'etc', path), text);
  }
}

const textAt = (root: string, path: string): string | null =>
  existsSync(join(root, 'etc', path)) ? readFileSync(join(root, 'etc', path), 'utf8') : null;

/** Slot a runs what the image brings in `old`, is changed by `change` and proven; b holds a new image that brings `next`. */
function upgrade(
  { old, change, next }: { old: Files; change: (root: string) => void; next: Files },
  look: (root: string, degraded: readonly string[], node: LoopNode) => void,
): void {
  withLoopNode((node) => {
    node.change('a', (root) => write(root, old));
    node.rewrite('b', '2');
    node.change('b', (root) => write(root, next));
    const first = node.boot(change);
    assert.equal(first.status, 0, first.said);
    const provenId = first.info.deploymentId;
    node.saveState({ ...withSlot(node.state(), 'a', { health: 'good', provenId, attempts: 0 }), oneShot: 'b' });
    let seen = false;
    const second = node.boot((root) => {
      const info = JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8'));
      assert.equal(info.slot, 'b');
      look(root, info.degraded, node);
      seen = true;
    });
    assert.ok(seen, second.said);
    const back = node.boot((root) => {
      assert.equal(textAt(root, 'mine'), 'of the old one\n', 'the old deployment has lost its own /etc');
      assert.equal(existsSync(join(root, 'etc/both.lifeboot-new')), false);
    });
    assert.equal(back.info.slot, 'a');
  }, carrying);
}

const about = (texts: readonly string[]): readonly string[] => texts.filter((text) => text.includes('/etc'));

spec('carry = "etc"', {
  'merges what the node and the new deployment changed, and keeps both where they disagree': () => {
    upgrade(
      {
        old: { same: '1', theirs: '1', both: '1', deleted: '1', 'd/deleted': '1', 'd/x': '1', 'masked/in': '1' },
        change(root) {
          write(root, { mine: 'of the old one\n', both: 'of the node\n', 'new.d/a.conf': 'a' });
          for (const path of ['deleted', 'd/deleted', 'masked']) rmSync(join(root, 'etc', path), { recursive: true });
          // A directory made anew is opaque.
          write(root, { 'masked/other': 'o' });
          symlinkSync('../usr/lib/os-release', join(root, 'etc/link'));
          chmodSync(join(root, 'etc/d/x'), 0o640);
          chownSync(join(root, 'etc/d/x'), 7, 8);
        },
        next: {
          ...{ same: '1', theirs: '2', both: 'of the image\n', deleted: '1', 'd/deleted': '1', 'd/x': '1' },
          ...{ 'd/new': '2', 'masked/in': '1', added: '2' },
        },
      },
      (root, degraded) => {
        assert.deepEqual(
          ['same', 'theirs', 'both', 'both.lifeboot-new', 'mine', 'new.d/a.conf', 'd/new', 'added', 'masked/other'].map(
            (path) => textAt(root, path),
          ),
          ['1', '2', 'of the node\n', 'of the image\n', 'of the old one\n', 'a', '2', '2', 'o'],
        );
        assert.deepEqual(
          ['deleted', 'd/deleted', 'masked/in'].map((path) => textAt(root, path)),
          [null, null, null],
        );
        assert.equal(readlinkSync(join(root, 'etc/link')), '../usr/lib/os-release');
        const { mode, uid, gid } = lstatSync(join(root, 'etc/d/x'));
        assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 7, 8]);
        assert.deepEqual(about(degraded), [
          "'/etc/both' was changed here and changed in the new deployment: yours is kept, the new one is '/etc/both.lifeboot-new'",
        ]);
      },
    );
  },
  'puts only what differs into the new layer': () => {
    upgrade(
      {
        old: { same: '1', kept: '1' },
        change: (root) => write(root, { mine: 'of the old one\n' }),
        next: { same: '1', kept: '1' },
      },
      (root, degraded) => {
        assert.equal(textAt(root, 'mine'), 'of the old one\n');
        assert.deepEqual(about(degraded), []);
        const uppers = '/run/lifeboot/data/lifeboot/upper';
        const [own = ''] = readdirSync(uppers).filter((name) => name.startsWith('b-'));
        assert.deepEqual(readdirSync(join(uppers, own, 'upper/etc')), ['mine']);
      },
    );
  },
  'follows a directory that was renamed, as far as its files can still be had': () => {
    upgrade(
      {
        old: { 'conf/kept': 'still there', 'conf/lost': 'only in the old one' },
        change(root) {
          write(root, { mine: 'of the old one\n', 'conf/own': 'own' });
          renameSync(join(root, 'etc/conf'), join(root, 'etc/renamed'));
        },
        next: { 'conf/kept': 'still there', 'conf/lost': 'another text' },
      },
      (root, degraded) => {
        assert.deepEqual(
          ['renamed/own', 'renamed/kept', 'renamed/lost', 'conf/kept'].map((path) => textAt(root, path)),
          ['own', 'still there', null, null],
        );
        assert.match(about(degraded).join('\n'), /'\/etc\/renamed\/lost' is not carried over/);
      },
    );
  },
  'takes nothing from what was never proven, and boots without a list of the old /etc': () => {
    withLoopNode((node) => {
      node.boot((root) => write(root, { mine: 'of the old one\n' }));
      node.rewrite('b', '2');
      node.saveState({ ...node.state(), oneShot: 'b' });
      node.boot((root) => assert.equal(textAt(root, 'mine'), null));
    }, carrying);
    upgradeWithoutList();
  },
});

function upgradeWithoutList(): void {
  withLoopNode((node) => {
    const first = node.boot((root) => write(root, { mine: 'of the old one\n' }));
    node.change('data', (dir) => {
      const uppers = join(dir, 'lifeboot/upper');
      for (const name of readdirSync(uppers)) rmSync(join(uppers, name, 'etc.json'));
    });
    const provenId = first.info.deploymentId;
    node.rewrite('b', '2');
    node.saveState({ ...withSlot(node.state(), 'a', { health: 'good', provenId }), oneShot: 'b' });
    const { info, status } = node.boot((root) => assert.equal(textAt(root, 'mine'), null));
    assert.deepEqual([status, info.slot], [0, 'b']);
    assert.match(about(info.degraded).join(), /nothing of \/etc is carried over .*: there is no list/);
  }, carrying);
}
