/** What a root must show before it is entered. Plain directories do: nothing here depends on a mount. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRoot } from '../../../src/platform/root/check-root.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { assertFails, busybox, type Tree, writeTree } from './disks.ts';

/** A dynamic program of this machine, with its loader and libraries where they are here. */
const LOADER = '/lib64/ld-linux-x86-64.so.2';
const LIBC = '/lib/x86_64-linux-gnu/libc.so.6';
const systemd: Tree = {
  'usr/lib/systemd/systemd': readFileSync('/bin/sleep'),
  'sbin/init': '-> /usr/lib/systemd/systemd',
  [LOADER.slice(1)]: readFileSync(LOADER),
  [LIBC.slice(1)]: readFileSync(LIBC),
};

function withRoot(tree: Tree, body: (root: string) => void): void {
  withTempDir((dir) => {
    writeTree(dir, tree);
    for (const path of [LOADER]) if (tree[path.slice(1)] !== undefined) chmodSync(join(dir, path), 0o755);
    body(dir);
  });
}

const check = (root: string, init: string | null = null): string => checkRoot(root, init, process.arch);

spec('checkRoot()', {
  'finds a static init, a dynamic one behind links, and a script': () => {
    withRoot({ 'sbin/init': busybox }, (root) => assert.equal(check(root), '/sbin/init'));
    withRoot(systemd, (root) => assert.equal(check(root), '/sbin/init'));
    withRoot({ 'sbin/init': '#! /bin/busybox sh\n', 'bin/busybox': busybox }, (root) =>
      assert.equal(check(root), '/sbin/init'),
    );
  },
  'takes the configured one and no other': () => {
    withRoot({ 'sbin/init': busybox, 'opt/bin/start': busybox }, (root) => {
      assert.equal(check(root, '/opt/bin/start'), '/opt/bin/start');
      assertFails('CONTENT', /'\/opt\/missing'.*does not exist/, () => check(root, '/opt/missing'));
    });
  },
  'goes on to the next usual one when the first is broken': () => {
    withRoot({ ...systemd, 'sbin/init': '' }, (root) => assert.equal(check(root), '/usr/lib/systemd/systemd'));
  },
  'never takes a shell': () => {
    withRoot({ 'bin/sh': busybox }, (root) => {
      assertFails('CONTENT', /no init in the root/, () => check(root));
    });
  },
  'refuses an init that is empty, a directory, not executable, or text': () => {
    withRoot({ 'sbin/init': '' }, (root) => assertFails('CONTENT', /empty/, () => check(root)));
    withRoot({ 'sbin/init/': '' }, (root) => assertFails('CONTENT', /not a regular file/, () => check(root)));
    withRoot({ 'sbin/init': busybox }, (root) => {
      chmodSync(join(root, 'sbin/init'), 0o644);
      assertFails('CONTENT', /not executable/, () => check(root));
    });
    withRoot({ 'sbin/init': 'hello\n' }, (root) => assertFails('CONTENT', /neither an ELF/, () => check(root)));
  },
  'refuses an init that was cut off anywhere': () => {
    for (const length of [3, 60, 1000, 30_000]) {
      withRoot(systemd, (root) => {
        truncateSync(join(root, 'usr/lib/systemd/systemd'), length);
        assertFails('CONTENT', /cut off|neither/, () => check(root));
      });
    }
  },
  'refuses an init whose loader or library is missing or cut off': () => {
    const { [LOADER.slice(1)]: _, ...without } = systemd;
    withRoot(without, (root) => assertFails('CONTENT', /ld-linux.*does not exist/, () => check(root)));
    for (const path of [LOADER, LIBC]) {
      withRoot(systemd, (root) => {
        truncateSync(join(root, path), 100_000);
        assertFails('CONTENT', /library '.*damaged or cut off/, () => check(root));
      });
    }
  },
  'refuses a script without its interpreter, and one whose interpreter is a script': () => {
    withRoot({ 'sbin/init': '#!/bin/zsh\n' }, (root) =>
      assertFails('CONTENT', /zsh.*does not exist/, () => check(root)),
    );
    withRoot({ 'sbin/init': '#!/sbin/other\n', 'sbin/other': '#!/bin/sh\n' }, (root) =>
      assertFails('CONTENT', /no ELF program/, () => check(root)),
    );
  },
  'refuses a program for another machine': () => {
    withRoot({ 'sbin/init': busybox }, (root) => {
      assertFails('CONTENT', /another machine/, () => checkRoot(root, null, process.arch === 'x64' ? 'arm64' : 'x64'));
    });
  },
  'does not take what is only outside the root': () => {
    withRoot({ 'sbin/init': '-> /bin/busybox' }, (root) => {
      assertFails('CONTENT', /no init/, () => check(root));
    });
    withRoot({ 'sbin/init': '-> ../../../../../../../bin/busybox' }, (root) => {
      assertFails('CONTENT', /no init/, () => check(root));
      mkdirSync(join(root, 'bin'));
      writeFileSync(join(root, 'bin/busybox'), busybox, { mode: 0o755 });
      assert.equal(check(root), '/sbin/init');
    });
  },
  'ends on a loop of links': () => {
    withRoot({}, (root) => {
      mkdirSync(join(root, 'sbin'));
      symlinkSync('/sbin/init2', join(root, 'sbin/init'));
      symlinkSync('/sbin/init', join(root, 'sbin/init2'));
      assertFails('CONTENT', /too many links/, () => check(root));
    });
  },
});
