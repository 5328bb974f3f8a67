/** What is left in /run for the booted system, judged by systemd's own tools where they are installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { copyProgram } from '../../../src/platform/root/shutdown.ts';
import { spec } from '../../support/spec.ts';
import { busybox, type Node, plainTree, run, withNode } from './disks.ts';

const systemdTree = {
  ...plainTree,
  'usr/lib/systemd/systemd': busybox,
  'sbin/init': '-> /lib/systemd/systemd',
  lib: '-> usr/lib',
  'usr/bin/systemctl': busybox,
  'etc/fstab': 'UUID=x / ext4 errors=remount-ro,x-systemd.growfs 0 1\nproc /proc proc hidepid=2 0 0\n',
};

function deadline(node: Node, tree: Readonly<Record<string, string | Buffer>>, unattended = true): readonly string[] {
  for (const name of ['panic', 'panic_on_oops']) writeFileSync(join(node.dir, 'sys/kernel', name), '0\n');
  node.assemble(node.disk('ext4', tree));
  node.builder.check(null);
  return node.builder.setDeadline({ seconds: 840, unattended, watchdog: { device: null, timeoutSeconds: 30 } });
}

spec('setDeadline()', {
  'leaves units, manager settings and kernel settings for a systemd root': () => {
    withNode((node) => {
      assert.deepEqual(deadline(node, systemdTree), []);
      const units = join(node.dir, 'run/systemd/system');
      assert.match(readFileSync(join(units, 'lifeboot-deadline.timer'), 'utf8'), /OnBootSec=900s/);
      const link = join(units, 'sysinit.target.wants/lifeboot-deadline.timer');
      assert.equal(readlinkSync(link), '../lifeboot-deadline.timer');
      assert.ok(existsSync(link));
      assert.match(readFileSync(join(node.dir, 'run/systemd/system.conf.d/lifeboot.conf'), 'utf8'), /CrashReboot=yes/);
      assert.equal(readFileSync(join(node.dir, 'sys/kernel/panic'), 'utf8'), '10\n');
      assert.equal(readFileSync(join(node.dir, 'sys/kernel/panic_on_oops'), 'utf8'), '1\n');
      assert.equal(statSync(join(units, 'lifeboot-deadline.timer')).mode & 0o777, 0o644);
    });
  },
  'gives the remount a table without the line for the root': () => {
    withNode((node) => {
      deadline(node, systemdTree);
      assert.equal(readFileSync(join(node.runDir, 'fstab'), 'utf8'), 'proc /proc proc hidepid=2 0 0\n');
      const dropIn = join(node.dir, 'run/systemd/system/systemd-remount-fs.service.d/lifeboot.conf');
      assert.match(readFileSync(dropIn, 'utf8'), /SYSTEMD_FSTAB=\/run\/lifeboot\/fstab/);
    });
  },
  'leaves a watchdog to systemd only, and tells both of it or neither': () => {
    withNode((node) => {
      const manager = () => readFileSync(join(node.dir, 'run/systemd/system.conf.d/lifeboot.conf'), 'utf8');
      // No watchdog: its driver may come later, and systemd opens it then.
      assert.deepEqual(deadline(node, systemdTree), []);
      assert.match(manager(), /^RuntimeWatchdogSec=30s$/m);
      node.builder.release();
      // A file takes what busybox writes to the device, and no time-out.
      writeFileSync(join(node.dir, 'watchdog'), '');
      assert.match(deadline(node, plainTree).join(), /the watchdog is not armed: the init '\/sbin\/init'/);
      assert.equal(statSync(join(node.dir, 'watchdog')).size, 0);
      node.builder.release();
      assert.match(deadline(node, systemdTree).join(), /^the watchdog is not armed: its time-out cannot be set/);
      assert.equal(readFileSync(join(node.dir, 'watchdog'), 'utf8'), 'V', 'it was told to stop');
      assert.doesNotMatch(manager(), /Watchdog/);
    });
  },
  'does not arm it where the kernel command line tells systemd otherwise, or asks for an init that would not feed it':
    () => {
      const manager = (node: Node) => readFileSync(join(node.dir, 'run/systemd/system.conf.d/lifeboot.conf'), 'utf8');
      withNode((node) => {
        writeFileSync(join(node.dir, 'cmdline'), 'quiet systemd.watchdog_sec=0\n');
        writeFileSync(join(node.dir, 'watchdog'), '');
        assert.match(deadline(node, systemdTree).join(), /by 'systemd.watchdog_sec=0' on the kernel command line/);
        assert.doesNotMatch(manager(node), /Watchdog/);
        assert.equal(statSync(join(node.dir, 'watchdog')).size, 0, 'it was not opened');
      });
      withNode((node) => {
        writeFileSync(join(node.dir, 'cmdline'), 'systemd.watchdog-device=/dev/watchdog1\n');
        assert.match(deadline(node, systemdTree).join(), /not armed before systemd/);
        assert.match(manager(node), /^RuntimeWatchdogSec=30s$/m, 'systemd still needs a time-out for it');
      });
      withNode((node) => {
        writeFileSync(join(node.dir, 'cmdline'), 'init=/usr/bin/tinyinit\n');
        const tree = { ...systemdTree, 'usr/bin/tinyinit': busybox };
        assert.match(deadline(node, tree).join(), /the watchdog is not armed: the init '\/usr\/bin\/tinyinit'/);
        assert.match(manager(node), /CrashReboot=yes/);
        assert.doesNotMatch(manager(node), /Watchdog/);
      });
      for (const ignored of ['init=/bin/sh init=/sbin/init', 'init=/init', 'systemd.watchdog_sec']) {
        withNode((node) => {
          writeFileSync(join(node.dir, 'cmdline'), `${ignored}\n`);
          assert.deepEqual(deadline(node, systemdTree), [], ignored);
          assert.match(manager(node), /^RuntimeWatchdogSec=30s$/m);
        });
      }
    },
  'has the last word on the watchdog: a slot that turns it off would be reset while it works': () => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return;
    withNode((node) => {
      deadline(node, systemdTree);
      const own = join(node.dir, 'etc/systemd/system.conf.d');
      mkdirSync(own, { recursive: true });
      writeFileSync(join(node.dir, 'etc/systemd/system.conf'), '[Manager]\nWatchdogDevice=/dev/watchdog7\n');
      writeFileSync(join(own, 'watchdog.conf'), '[Manager]\nRuntimeWatchdogSec=off\n');
      const { stdout } = spawnSync('systemd-analyze', [`--root=${node.dir}`, 'cat-config', 'systemd/system.conf']);
      const last = (key: string) =>
        stdout
          .toString()
          .match(new RegExp(`^${key}=.*$`, 'gm'))
          ?.at(-1);
      assert.equal(last('RuntimeWatchdogSec'), 'RuntimeWatchdogSec=30s');
      assert.equal(last('WatchdogDevice'), 'WatchdogDevice=/dev/watchdog');
    });
  },
  'is understood by systemd': () => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) return;
    withNode((node) => {
      deadline(node, systemdTree);
      const units = join(node.dir, 'run/systemd/system');
      const { stderr, status } = spawnSync(
        'systemd-analyze',
        [
          'verify',
          '--man=no',
          '--recursive-errors=no',
          join(units, 'lifeboot-deadline.timer'),
          join(units, 'lifeboot-deadline.service'),
          'emergency.service',
          'rescue.service',
          'systemd-remount-fs.service',
        ],
        { encoding: 'utf8', env: { ...process.env, SYSTEMD_UNIT_PATH: `${units}:` } },
      );
      assert.doesNotMatch(stderr, /lifeboot/);
      assert.equal(status, 0, stderr);
    });
  },
  'leaves shells alone on an attended node': () => {
    withNode((node) => {
      deadline(node, systemdTree, false);
      assert.equal(existsSync(join(node.dir, 'run/systemd/system/emergency.service.d')), false);
    });
  },
  'says what is missing where the init is not systemd, or there is no systemctl': () => {
    withNode((node) => {
      assert.match(deadline(node, plainTree).join(), /'\/sbin\/init' is not systemd/);
    });
    withNode((node) => {
      const { 'usr/bin/systemctl': _, ...tree } = systemdTree;
      assert.match(deadline(node, tree).join(), /no systemctl/);
      assert.ok(existsSync(join(node.dir, 'run/systemd/system/lifeboot-deadline.timer')));
    });
  },
  'never keeps a boot from going on: what cannot be set is told': () => {
    withNode((node) => {
      node.assemble(node.disk('ext4', systemdTree));
      node.builder.check(null);
      writeFileSync(join(node.dir, 'run/systemd/system'), '');
      const degraded = node.builder.setDeadline({
        seconds: 60,
        unattended: true,
        watchdog: { device: null, timeoutSeconds: 0 },
      });
      assert.match(degraded.join('\n'), /the deadline is not set/);
    });
  },
});

spec('/run/initramfs', {
  'holds a program that can be executed although /run is noexec, with all it needs': () => {
    withNode((node) => {
      const runMount = join(node.dir, 'run');
      run('mkdir', '-p', runMount);
      run('mount', '-t', 'tmpfs', '-o', 'noexec', 'tmpfs', runMount);
      deadline(node, systemdTree);
      const dir = join(runMount, 'initramfs');
      accessSync(join(dir, 'shutdown'), constants.X_OK);
      assert.match(run('chroot', dir, '/bin/busybox', 'sh', '-n', '/shutdown'), /^$/);
      assert.equal(run('chroot', dir, '/bin/busybox', 'echo', 'runs'), 'runs\n');
      node.builder.release();
      run('umount', runMount);
    });
  },
  'takes along what a program needs that is not static': () => {
    withNode((node) => {
      const dir = join(node.dir, 'small');
      copyProgram('/usr/bin/sleep', join(dir, 'bin/sleep'), dir);
      assert.equal(run('chroot', dir, '/bin/sleep', '0'), '');
    });
  },
});
