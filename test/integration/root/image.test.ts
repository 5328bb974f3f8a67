/** Image files on a partition as bases. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { mountView, withStage } from '../../../src/platform/store/staged-root.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, digest, type FileSystem, mounts, type Node, plainTree, run, withNode } from './disks.ts';

const IMAGE = 'images/a.img';

/** A partition with an image on it. */
function makeCarrier(node: Node, image: string): { readonly file: string; readonly device: string } {
  const file = node.makeImage('ext4', {}, { sizeMiB: 64 });
  node.within(file, (dir) => {
    mkdirSync(join(dir, 'images'));
    run('cp', '--sparse=always', image, join(dir, IMAGE));
  });
  return { file, device: node.attach(file) };
}

/** The files behind all loop devices of this machine, below the node's directory. */
function loopFiles(node: Node): readonly string[] {
  return run('losetup', '--list', '--noheadings', '--output', 'BACK-FILE')
    .split('\n')
    .map((line) => line.trim())
    .filter((path) => path.startsWith(node.dir))
    .sort();
}

spec('image base', {
  'is mounted read-only from squashfs, erofs and ext4, with the id that it has on a partition of its own': () => {
    for (const fs of ['squashfs', 'erofs', 'ext4'] satisfies FileSystem[]) {
      withNode((node) => {
        const image = node.makeImage(fs, plainTree);
        const { device } = makeCarrier(node, image);
        const before = loopFiles(node);
        const { found } = node.assemble({ root: device, image: IMAGE });
        assert.equal(found.deployment.id, node.inspect(node.attach(image)).deployment.id, fs);
        assert.equal(found.device, device);
        assert.equal(node.inRoot('etc/hostname'), 'from-the-base\n');
        assert.equal(node.builder.check(null), '/sbin/init');
        const base = mountAt(mounts(), node.base);
        assert.deepEqual([base?.type, base?.options.includes('ro')], [fs, true]);
        node.builder.release();
        assert.deepEqual(node.mounted(), []);
        assert.deepEqual(
          loopFiles(node).filter((path) => path !== image),
          before,
          'a loop device is left',
        );
      });
    }
  },
  'writes not one byte to its partition, and says when that has a dirty journal': () => {
    withNode((node) => {
      const { file } = makeCarrier(node, node.makeImage('squashfs', plainTree));
      const live = join(node.dir, 'live');
      mkdirSync(live);
      run('mount', file, live);
      writeFileSync(join(live, 'x'), 'x');
      run('sync', '-f', live);
      run('cp', '--sparse=always', file, `${file}.cut`);
      run('umount', live);
      const before = digest(`${file}.cut`);
      const device = node.attach(`${file}.cut`);
      const { found } = node.assemble({ root: device, image: IMAGE });
      assert.match(found.notes.join(), /journal is dirty/);
      node.builder.release();
      run('sync', device);
      assert.equal(digest(`${file}.cut`), before);
    });
  },
  'shares its partition with the data partition: that is writable, where the image is found is not': () => {
    withNode((node) => {
      const { device } = makeCarrier(node, node.makeImage('erofs', plainTree));
      const request = { kind: 'persistent', device } as const;
      const source = { root: device, image: IMAGE };
      assert.deepEqual(node.assemble(source, request).degraded, []);
      writeFileSync(join(node.newRoot, 'etc/kept'), 'kept\n');
      assert.throws(() => writeFileSync(join(node.runDir, 'carrier', IMAGE), ''), /EROFS/);
      node.builder.release();
      assert.deepEqual(node.mounted(), []);
      assert.deepEqual(node.assemble(source, request).degraded, []);
      assert.equal(node.inRoot('etc/kept'), 'kept\n');
    });
  },
  'boots with an upper in memory where the shared partition cannot be written': () => {
    withNode((node) => {
      const { file } = makeCarrier(node, node.makeImage('erofs', plainTree));
      const device = node.attach(file, '--read-only');
      const { degraded } = node.assemble({ root: device, image: IMAGE }, { kind: 'persistent', device });
      assert.match(degraded.join(), /kept in memory only.*read-only/);
      writeFileSync(join(node.newRoot, 'etc/x'), '');
    });
  },
  'tells two images on one partition apart, also while one of them runs': () => {
    withNode((node) => {
      const { file, device } = makeCarrier(node, node.makeImage('squashfs', plainTree));
      const other = node.makeImage('squashfs', { ...plainTree, 'usr/lib/os-release': 'ID=test\nVERSION_ID=2\n' });
      node.within(file, (dir) => run('cp', other, join(dir, 'images/b.img')));
      const { found } = node.assemble({ root: device, image: IMAGE });
      const b = node.inspect({ root: device, image: 'images/b.img' });
      assert.deepEqual([found.deployment.version, b.deployment.version], ['test 1', 'test 2']);
      assert.notEqual(found.deployment.id, b.deployment.id);
      assert.equal(node.inspect({ root: device, image: IMAGE }).deployment.id, found.deployment.id);
    });
  },
  'is the base of what is put together beside the running system, too': () => {
    withNode((node) => {
      const { device } = makeCarrier(node, node.makeImage('erofs', plainTree));
      const { runDir } = node;
      const request = { runDir, store: join(node.dir, 'store'), source: { root: device, image: IMAGE }, layers: [] };
      const release = withStage(request, (stage) => readFileSync(join(mountView(stage), 'usr/lib/os-release'), 'utf8'));
      assert.match(release, /VERSION_ID=1/);
      assert.deepEqual(node.mounted(), []);
    });
  },
  'says what is wrong: no such file, a directory, no file system, one that was cut off': () => {
    withNode((node) => {
      const { file, device } = makeCarrier(node, node.makeImage('squashfs', plainTree));
      node.within(file, (dir) => {
        writeFileSync(join(dir, 'images/text.img'), 'nothing\n'.repeat(1000));
        run('cp', join(dir, IMAGE), join(dir, 'images/cut.img'));
        run('truncate', '-s', '65536', join(dir, 'images/cut.img'));
      });
      const mountImage = (image: string) => () => node.mountBase({ root: device, image });
      assertFails('ABSENT', /no image 'images\/b.img' on '\/dev\/loop/, mountImage('images/b.img'));
      assertFails('ABSENT', /no image/, mountImage(`${IMAGE}/below`));
      assertFails('CONTENT', /no regular file/, mountImage('images'));
      assertFails('CONTENT', /no file system was recognised in the image/, mountImage('images/text.img'));
      assertFails('CONTENT', /cannot mount/, mountImage('images/cut.img'));
      assert.deepEqual(node.mounted(), []);
      assert.deepEqual(loopFiles(node), [file]);
    });
  },
  'is not led out of its file system by a link': () => {
    withNode((node) => {
      const outside = node.makeImage('squashfs', plainTree);
      const { file, device } = makeCarrier(node, outside);
      node.within(file, (dir) => {
        run('ln', '-s', outside, join(dir, 'images/out.img'));
        run('ln', '-s', '/images/a.img', join(dir, 'current.img'));
      });
      assert.ok(existsSync(outside));
      assertFails('ABSENT', /no image/, () => node.mountBase({ root: device, image: 'images/out.img' }));
      assert.equal(node.mountBase({ root: device, image: 'current.img' }).deployment.version, 'test 1');
    });
  },
});
