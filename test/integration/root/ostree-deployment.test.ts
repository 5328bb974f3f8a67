/** Which deployment of a real OSTree repository a name means, and what is said where there is none. */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { assertFails, run } from './disks.ts';
import { NEWEST, withOstree } from './ostree-disk.ts';

spec('findDeployment()', {
  'tells two deployments apart by their commits: the newest, the one before, and one by name': () => {
    withOstree(['1', '2'], (node, { device, commits }) => {
      const id = (ostree: string): string => node.inspect({ root: device, ostree }).deployment.id;
      assert.equal(id('debian'), commits[1]);
      assert.equal(id('debian/0'), commits[1]);
      assert.equal(id('debian/1'), commits[0]);
      assert.equal(id(`debian/${commits[0]}.0`), commits[0]);
      assert.deepEqual(node.mounted(), []);
    });
  },
  'keeps the id through a boot that writes, and finds the same one while it is mounted': () => {
    withOstree(['1'], (node, { device, commits }) => {
      node.assemble({ root: device, ostree: NEWEST }, { kind: 'persistent' });
      writeFileSync(join(node.newRoot, 'etc/own'), 'x');
      assert.equal(node.inspect({ root: device, ostree: NEWEST }).deployment.id, commits[0]);
      node.builder.release();
      assert.equal(node.inspect({ root: device, ostree: NEWEST }).deployment.id, commits[0]);
    });
  },
  'says what is missing: repository, stateroot, deployment, a number that is not there yet': () => {
    withOstree(['1'], (node, { device, commits }) => {
      const plain = node.disk('ext4', {});
      assertFails('CONTENT', /no OSTree repository/, () => node.mountBase({ root: plain, ostree: 'debian' }));
      const none = assertFails('CONTENT', /no stateroot 'fedora'/, () =>
        node.mountBase({ root: device, ostree: 'fedora' }),
      );
      assert.match(none.hint ?? '', /the stateroots are: debian/);
      const other = `${'0'.repeat(64)}.0`;
      const gone = assertFails('ABSENT', /no deployment '0000/, () =>
        node.mountBase({ root: device, ostree: `debian/${other}` }),
      );
      assert.match(gone.hint ?? '', new RegExp(`${commits[0]}\\.0`));
      assertFails('ABSENT', /only one deployment, and number 1 is asked for/, () =>
        node.mountBase({ root: device, ostree: 'debian/1' }),
      );
      assert.deepEqual(node.mounted(), []);
    });
  },
  'refuses a deployment that lacks /etc, /usr/etc or /sysroot: it was cut off while it was made': () => {
    for (const part of ['etc', 'usr/etc', 'sysroot']) {
      withOstree(['1'], (node, { file, device, commits }) => {
        node.within(file, (dir) => {
          const place = join(dir, `ostree/deploy/debian/deploy/${commits[0]}.0`);
          run('chattr', '-i', place);
          run('rm', '-r', join(place, part));
        });
        const error = assertFails('CONTENT', new RegExp(`no directory '${part}'`), () =>
          node.mountBase({ root: device, ostree: NEWEST }),
        );
        assert.match(error.hint ?? '', /ostree admin deploy/);
      });
    }
  },
  'is not led out of the stateroot by a boot link or a directory that is a link': () => {
    withOstree(['1'], (node, { file, device }) => {
      node.within(file, (dir) => {
        const entry = join(dir, 'boot/loader/entries/ostree-1-debian.conf');
        const link = /ostree=(\S+)/.exec(readFileSync(entry, 'utf8'))?.[1] ?? '';
        run('ln', '-sfn', '../../../../../../../../etc', join(dir, link));
      });
      assertFails('CONTENT', /leads to '\/etc', which is no deployment/, () =>
        node.mountBase({ root: device, ostree: NEWEST }),
      );
      node.within(file, (dir) => symlinkSync('/etc', join(dir, 'ostree/deploy/evil')));
      assertFails('CONTENT', /no stateroot 'evil'/, () => node.mountBase({ root: device, ostree: 'evil' }));
    });
  },
  'goes by the links where /boot is another partition, and asks for a name when there are two': () => {
    for (const [versions, isKnown] of [
      [['1'], true],
      [['1', '2'], false],
    ] as const) {
      withOstree(versions, (node, { file, device, commits }) => {
        node.within(file, (dir) => run('rm', '-r', join(dir, 'boot')));
        const look = () => node.mountBase({ root: device, ostree: NEWEST }).deployment.id;
        if (isKnown) assert.equal(look(), commits[0]);
        else assert.match(assertFails('CONTENT', /comes first is not known/, look).hint ?? '', /CHECKSUM\.SERIAL/);
      });
    }
  },
});
