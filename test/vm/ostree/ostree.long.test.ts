/**
 * Small guests that run from what is inside a file system: two deployments of one OSTree repository, booted, written to, and taken
 * down in order; an image file on the data partition. Four boots of about ten seconds under emulation.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { bootNode, makeImage, makeNodeDisk } from '../boot-path/small-node.ts';
import { makeExt4 } from '../support/disk.ts';
import { newRunDir, repoDir } from '../support/places.ts';
import { runTool } from '../support/run-tool.ts';

const CONFIG = `[state]\ndevice = "PARTLABEL=lifeboot-state"\n[upper]\nkind = "persistent"\ndevice = "PARTLABEL=system-data"\n`;
const binary = join(repoDir, 'dist/lifeboot');

/** The checksums of `ostree admin status`, the booted one with its star. */
function statusOf(text: string): readonly string[] {
  return [...text.matchAll(/^NODE status (\* )?debian ([0-9a-f]{64})\.0/gm)].map(
    ([, star = '', commit = '']) => star + commit,
  );
}

spec('an OSTree deployment in a guest', {
  'is booted, known to ostree, written to, and unmounted in order; its neighbour, too': async () => {
    const dir = newRunDir('ostree');
    const script = join(import.meta.dirname, 'make-ostree.sh');
    const init = join(import.meta.dirname, 'ostree-init');
    runTool('unshare', ['-m', '--propagation', 'private', script, dir, init]);
    const disk = makeNodeDisk(dir, [{ name: 'ostree', sizeMiB: 256, image: join(dir, 'ostree.img') }]);
    const root = 'LABEL=sysroot';
    const slots = [
      { root, ostree: 'debian' },
      { root, ostree: 'debian/1' },
    ];
    const initrd = makeImage({ dir, name: 'real', roots: slots, config: CONFIG, binary });

    const first = await bootNode({ dir, name: 'first', initrd, disk });
    assert.match(first, /NODE version=2 boot=.*"slot":"a","attempt":1/);
    assert.match(first, /NODE mount \/ \S+ ext4 rw/);
    assert.match(first, /NODE mount \/usr \S+ ext4 ro/);
    const [newest = '', older = ''] = statusOf(first);
    assert.match(newest, /^\* [0-9a-f]{64}$/);
    assert.match(older, /^[0-9a-f]{64}$/);
    assert.ok(first.includes(`"deploymentId":"${newest.slice(2)}"`));
    assert.doesNotMatch(first, /usr is writable/);
    assert.match(first, /lifeboot: all file systems are unmounted/);

    const second = await bootNode({ dir, name: 'second', initrd, disk, stub: 'x lifeboot.slot=b' });
    assert.match(second, /NODE version=1 boot=.*"slot":"b","attempt":1/);
    assert.deepEqual(statusOf(second), [newest.slice(2), `* ${older}`]);
    assert.match(second, /NODE kept {2}var of 2/, 'its own /etc, and the /var that both share');
    assert.doesNotMatch(second, /journal is dirty|recovery complete/);

    const third = await bootNode({ dir, name: 'third', initrd, disk });
    assert.match(third, /NODE version=2 boot=.*"slot":"a","attempt":2/);
    assert.match(third, /NODE kept etc of 2 var of 1/);
    assert.deepEqual(statusOf(third), [newest, older]);
  },
});

spec('an image file in a guest', {
  'is booted from the data partition, under a kept upper': async () => {
    const dir = newRunDir('image-file');
    makeNodeDisk(join(dir, 'parts'));
    runTool('mkdir', ['-p', join(dir, 'more/images')]);
    runTool('cp', [join(dir, 'parts/b.img'), join(dir, 'more/images/b.sqfs')]);
    const image = join(dir, 'more.img');
    makeExt4({ target: image, sizeMiB: 48, label: 'more', tree: join(dir, 'more') });
    const disk = makeNodeDisk(dir, [{ name: 'more', sizeMiB: 48, image }]);
    const config = CONFIG.replace('PARTLABEL=system-data', 'LABEL=more');
    const roots = [{ root: 'PARTLABEL=more', image: 'images/b.sqfs' }];
    const initrd = makeImage({ dir, name: 'real', roots, config, binary });
    const text = await bootNode({ dir, name: 'image', initrd, disk });
    assert.match(text, /NODE root=b pid=1/);
    assert.match(text, /NODE mount \/run\/lifeboot\/base \S*loop0 squashfs ro/);
    assert.match(text, /NODE mount \/run\/lifeboot\/carrier \S+ ext4 ro/);
    assert.match(text, /NODE mount \/run\/lifeboot\/data \S+ ext4 rw/);
    assert.doesNotMatch(text, /kept in memory only|not persistent/);
  },
});
