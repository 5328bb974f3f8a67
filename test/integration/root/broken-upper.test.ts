/** Everything that can be wrong with a kept upper: the root is writable in memory, and the base never is. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { mounts, type Node, plainTree, run, withData, withNode } from './disks.ts';

const MEMORY = /kept in memory only.*lost at the next boot/;

/** Each way of breaking the upper: the node still gets a writable root, in memory, and says so. */
function failsSafe(node: Node, base: string, device: string | null, why: RegExp): void {
  const { degraded } = node.assemble(base, { kind: 'persistent', device });
  assert.match(degraded.join('\n'), MEMORY);
  assert.match(degraded.join('\n'), why);
  writeFileSync(join(node.newRoot, 'etc/probe'), 'x');
  assert.equal(mountAt(mounts(), node.base)?.superOptions.includes('ro'), true);
  assert.equal(existsSync(join(node.base, 'etc/probe')), false);
  node.builder.release();
}

spec('a broken upper becomes one in memory', {
  'no data partition is configured, or it is absent': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      failsSafe(node, base, null, /no data partition is configured/);
      failsSafe(node, base, 'LABEL=not-here-8', /'LABEL=not-here-8' was not found/);
    });
  },
  'the data partition is noise, or of a file system that overlay refuses': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      const noise = join(node.dir, 'noise.img');
      run('dd', 'if=/dev/urandom', `of=${noise}`, 'bs=1M', 'count=4', 'status=none');
      failsSafe(node, base, node.attach(noise), /no file system was recognised/);
      failsSafe(node, base, node.disk('squashfs', { 'lifeboot/x': '' }), /cannot be written|read-only/);
    });
  },
  'the data partition is write-protected': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      const device = node.attach(node.makeImage('ext4', {}), '--read-only');
      failsSafe(node, base, device, /read-only|cannot be written/);
    });
  },
  'the data partition is full': () => {
    withData((node, base, device) => {
      node.within(device, (dir) => {
        assert.throws(() => run('dd', 'if=/dev/zero', `of=${dir}/fill`, 'bs=64K', 'status=none'));
      });
      failsSafe(node, base, device, /full/);
    });
  },
  'the data partition has no free inodes': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      const file = node.makeImage('none', {});
      run('truncate', '-s', '16M', file);
      run('mkfs.ext4', '-q', '-F', '-N', '64', file);
      failsSafe(node, base, node.attach(file), /free inodes/);
    });
  },
  'the store, the upper or its name is a file or a link': () => {
    withData((node, base, device) => {
      const id = `a-${node.mountBase(base).deployment.id}`;
      node.builder.release();
      const breakIt = (change: (store: string) => void): void => {
        node.within(device, (dir) => {
          run('rm', '-rf', join(dir, 'lifeboot'));
          mkdirSync(join(dir, 'lifeboot/upper'), { recursive: true });
          change(join(dir, 'lifeboot'));
        });
        failsSafe(node, base, device, /not a directory|missing|file already exists/);
      };
      breakIt((store) => {
        run('rm', '-rf', store);
        writeFileSync(store, '');
      });
      breakIt((store) => {
        run('rm', '-rf', store);
        symlinkSync('/etc', store);
      });
      breakIt((store) => writeFileSync(join(store, 'upper', id), ''));
      breakIt((store) => symlinkSync('/etc', join(store, 'upper', id)));
      breakIt((store) => mkdirSync(join(store, 'upper', id)));
      breakIt((store) => {
        mkdirSync(join(store, 'upper', id));
        symlinkSync('/', join(store, 'upper', id, 'upper'));
      });
    });
  },
  '/etc is deleted, emptied, or no directory any more': () => {
    const accounts = {
      'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
      'etc/pam.d/': '',
      'etc/ssh/sshd_config': '# as it is\n',
    };
    const ways: readonly (readonly [RegExp, (etc: string) => void])[] = [
      [/hides '\/etc', which is a directory/, (etc) => run('rm', '-r', etc)],
      [/hides '\/etc', which is a directory/, (etc) => run('sh', '-c', 'rm -r "$1" && echo oops >"$1"', 'sh', etc)],
      [/hides '\/etc\/passwd'/, (etc) => run('rm', join(etc, 'passwd'))],
      [/hides '\/etc\/passwd', which is a file with something in it/, (etc) => writeFileSync(join(etc, 'passwd'), '')],
      [/hides '\/etc\/pam\.d'/, (etc) => run('rm', '-r', join(etc, 'pam.d'))],
    ];
    for (const [why, breakIt] of ways) {
      withNode((node) => {
        const base = node.disk('ext4', { ...plainTree, ...accounts });
        const device = node.disk('ext4', {}, { sizeMiB: 32 });
        assert.deepEqual(node.assemble(base, { kind: 'persistent', device }).degraded, []);
        breakIt(join(node.newRoot, 'etc'));
        node.builder.release();
        failsSafe(node, base, device, why);
        assert.match(node.assemble(base, { kind: 'tmpfs' }) && node.inRoot('etc/passwd'), /^root/);
      });
    }
  },
  'but an /etc that was changed, or that the base lacks, is kept': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      run('sh', '-c', 'echo mine >"$1/hostname"; rm -r "$1/ssh"; mkdir "$1/ssh"', 'sh', join(node.newRoot, 'etc'));
      node.builder.release();
      assert.deepEqual(node.assemble(base, { kind: 'persistent', device }).degraded, []);
      assert.equal(node.inRoot('etc/hostname'), 'mine\n');
    });
  },
  'overlay refuses the kept upper, as after a mount with `volatile`': () => {
    withData((node, base, device) => {
      const { found } = node.assemble(base, { kind: 'persistent', device });
      const work = join(node.data, `lifeboot/upper/a-${found.deployment.id}/work/work/incompat/volatile/dirty`);
      node.builder.release();
      node.within(device, (dir) => mkdirSync(work.replace(node.data, dir), { recursive: true }));
      failsSafe(node, base, device, /cannot mount 'lifeboot'|not what was asked for/);
    });
  },
  'a dirty journal of the data partition is replayed, and nothing is lost': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      const file = node.makeImage('ext4', {});
      node.assemble(base, { kind: 'persistent', device: node.attach(file) });
      writeFileSync(join(node.newRoot, 'etc/kept'), 'kept');
      run('sync', '-f', join(node.data));
      run('cp', file, `${file}.cut`);
      node.builder.release();
      const { degraded } = node.assemble(base, { kind: 'persistent', device: node.attach(`${file}.cut`) });
      assert.deepEqual(degraded, []);
      assert.equal(node.inRoot('etc/kept'), 'kept');
    });
  },
});
