/** Booting without lifeboot: which root is taken, what it is given, and what is said. Root, mounts, loop devices. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { inWorld, makeRoot, shells, stub, withLoops } from './shell-world.ts';

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const roots = (...lines: readonly string[]): string =>
  `cat >/etc/lifeboot/fallback-roots <<'END'\n${lines.join('\n')}\nEND\n`;
const stage = 'boot_stage /mnt/sysroot\n';
const show = 'cat /mnt/sysroot/etc/name /run/lifeboot/init /run/lifeboot/boot.json\n';

/** boot.json as it was printed by `show`. */
function record(out: string): { mode: string; slot: null; bootId: string; degraded: string[]; trace: string[] } {
  return JSON.parse(out.trim().split('\n').at(-1) ?? '');
}

spec('boot_stage', {
  'takes the root that lifeboot assembled': () => {
    const script = `${stub('mount -t tmpfs t /mnt/sysroot; cp /bin/busybox /mnt/sysroot/init; echo /init >/run/lifeboot/init')}
      ${stage} cat /run/lifeboot/init; ls /run/lifeboot`;
    for (const shell of shells) {
      const { status, out } = inWorld(script, shell);
      assert.equal(status, 0);
      assert.equal(out.split('\n')[0], '/init');
      assert.doesNotMatch(out, /boot\.json|job|pipe/);
    }
  },
  'enters the init that the command line asks for, if the root has it': () => {
    const world = `${stub('mount -t tmpfs t /mnt/sysroot; cp /bin/busybox /mnt/sysroot/init; cp /bin/busybox /mnt/sysroot/own-init; cp /bin/busybox /mnt/sysroot/sh; echo /init >/run/lifeboot/init')}
      mount --bind /run/cmdline /proc/cmdline; ${stage} cat /run/lifeboot/init`;
    const chosen = (cmdline: string): string => inWorld(`echo '${cmdline}' >/run/cmdline\n${world}`).out.trim();
    assert.equal(chosen('quiet init=/own-init rdinit=/x'), '/own-init');
    assert.equal(chosen('xinit=/own-init'), '/init');
    assert.equal(chosen('init=/gone-init'), '/init');
    assert.equal(chosen('init=/sh'), '/init', 'a shell is a prompt on an unattended console');
  },
  'reboots when lifeboot asks for it': () => {
    const { status, console: said } = inWorld(`${stub('echo why it must; exit 75')}${stage}`);
    assert.equal(status, 75);
    assert.match(said, /why it must\n.*REBOOT: lifeboot asked for a reboot/s);
  },
  'falls back for each way of failing, and says which it was': () => {
    const ways: Readonly<Record<string, RegExp>> = {
      'rm -f /usr/bin/lifeboot': /missing from this initramfs/,
      [stub('kill -SEGV $$')]: /ended by signal 11/,
      [stub('kill -KILL $$')]: /ended by signal 9/,
      [stub('exit 69')]: /nothing that can be booted/,
      [stub('exit 70')]: /failed with exit code 70/,
      [stub('exit 0')]: /ended well, but left no root/,
      [`LIFEBOOT_LIMIT=1; ${stub('sleep 100')}`]: /did not end within 1 s and was killed/,
    };
    withTempDir((dir) => {
      withLoops([makeRoot(dir, 'a', 'ext4')], ([a = '']) => {
        for (const [way, message] of Object.entries(ways)) {
          const { status, out, console: said } = inWorld(`${roots(a)}${way}\n${stage}${show}`);
          assert.equal(status, 0);
          assert.match(said, message);
          assert.match(record(out).degraded.join('\n'), message);
        }
      });
    });
  },
  'boots the first root that works, in each shell, and writes no disk': () => {
    withTempDir((dir) => {
      const images = [makeRoot(dir, 'a', 'ext4', ''), makeRoot(dir, 'b', 'squashfs'), makeRoot(dir, 'c', 'erofs')];
      const before = images.map(digest);
      withLoops(images, ([a = '', b = '', c = '']) => {
        for (const shell of shells) {
          const { status, out } = inWorld(`${roots('# list', '/dev/gone', a, b, c)}${stage}${show}`, shell);
          const { mode, slot, bootId, degraded } = record(out);
          assert.equal(status, 0);
          assert.deepEqual(out.split('\n').slice(0, 2), ['b', '/sbin/init']);
          assert.deepEqual([mode, slot], ['fallback', null]);
          assert.match(bootId, /^[0-9a-f]{32}$/);
          assert.match(degraded.join('\n'), /'\/dev\/gone': no such device\n.*no usable init/);
        }
      });
      assert.deepEqual(images.map(digest), before);
    });
  },
  'begins with another root at each boot, by the boot id, and leaves none out': () => {
    const list = roots('# list', '', 'LABEL=a', 'PARTLABEL=b c', '/dev/r');
    const script = `. "$LB_SHARE/fallback.sh"; for id in 00000000 00000001 fffffff2 80000003; do
      boot_id $id; rotated_list | tr '\\n' ,; echo; done`;
    const turns = ['LABEL=a,PARTLABEL=b c,/dev/r,', 'PARTLABEL=b c,/dev/r,LABEL=a,', '/dev/r,LABEL=a,PARTLABEL=b c,'];
    for (const shell of shells) {
      const out = inWorld(`${list}${script}`, shell).out.trim().split('\n');
      // Of the id's first seven digits: 0, 0, fffffff, 8000000.
      assert.deepEqual(
        out,
        [0, 0, 0xfffffff % 3, 0x8000000 % 3].map((turn) => turns[turn]),
      );
    }
  },
  'tells systemd of the watchdog as it is configured, and leaves this machine its own': () => {
    withTempDir((dir) => {
      withLoops([makeRoot(dir, 'a', 'ext4')], ([a = '']) => {
        const told = (settings: string) =>
          inWorld(`${roots(a)}${settings}\n${stage}grep -h Watchdog /run/systemd/system.conf.d/*`)
            .out.trim()
            .split('\n');
        const lines = ['RuntimeWatchdogSec=60s', 'ShutdownWatchdogSec=300s', 'RebootWatchdogSec=300s'];
        const all = [...lines, 'WatchdogDevice=/dev/watchdog'];
        // Twice: also by a name that comes after all of the slot's own.
        assert.deepEqual(told(''), [...all, ...all]);
        assert.deepEqual(told('LIFEBOOT_WATCHDOG=20 LIFEBOOT_WATCHDOG_DEVICE=/dev/watchdog1').slice(0, 4), [
          'RuntimeWatchdogSec=20s',
          ...lines.slice(1),
          'WatchdogDevice=/dev/watchdog1',
        ]);
        assert.deepEqual(told('LIFEBOOT_WATCHDOG=0'), ['']);
        assert.equal(inWorld('is_first_stage || echo no').out.trim(), 'no');
      });
    });
  },
  'sets a clock that is behind its image forward, in an initramfs alone, and says that it is a guess': () => {
    // A date that only says what it was asked to set; this machine's clock is not for a test.
    const world = `date() { echo "$*" >/run/set; }; busybox() { case $1 in date) shift; case $1 in +%s) echo 100 ;; *) date "$@" ;; esac ;;
      *) command busybox "$@" ;; esac; }; milliseconds() { echo 5000; }; LIFEBOOT_BUILT=1790000000`;
    const set = 'set_clock_forward; cat /run/set /run/lifeboot/clock 2>/dev/null';
    assert.equal(inWorld(`${world}; ${set}`).out.trim(), '', 'this is no initramfs');
    const first = 'is_first_stage() { :; }';
    for (const shell of shells) {
      assert.deepEqual(inWorld(`${world}; ${first}; ${set}`, shell).out.trim().split('\n'), [
        '-u -s @1790000000',
        '1789999995000',
      ]);
      assert.equal(inWorld(`${world}; ${first}; LIFEBOOT_BUILT=99; ${set}`, shell).out.trim(), '');
      assert.equal(inWorld(`${world}; ${first}; LIFEBOOT_BUILT=; ${set}`, shell).out.trim(), '');
    }
  },
  'reboots when no root works': () => {
    const { status, console: said } = inWorld(`${roots('/dev/gone', 'LABEL=gone', 'PARTUUID=gone')}${stage}`);
    assert.equal(status, 75);
    assert.match(said, /no root works; the next try is after a reboot.*REBOOT: no root works/s);
  },
  'removes what a killed lifeboot left mounted': () => {
    withTempDir((dir) => {
      withLoops([makeRoot(dir, 'a', 'ext4')], ([a = '']) => {
        const left =
          stub(`mkdir -p /run/lifeboot/base; mount -t tmpfs x /run/lifeboot/base; mount -t tmpfs x /mnt/sysroot
          mkdir /mnt/sysroot/proc; mount -t tmpfs x /mnt/sysroot/proc; kill -9 $$`);
        const { out } = inWorld(`${roots(a)}${left}${stage}grep -cE ' (/mnt/sysroot|/run/lifeboot)' /proc/self/mounts
          grep -c 'sysroot/proc' /proc/self/mounts; cat /mnt/sysroot/etc/name`);
        assert.deepEqual(out.trim().split('\n'), ['3', '0', 'a']);
      });
    });
  },
});

spec('fall_back', {
  'gives the root its identity, an fstab that cannot stop it, and a deadline': () => {
    withTempDir((dir) => {
      withLoops([makeRoot(dir, 'a', 'ext4')], ([a = '']) => {
        const script = `mkdir -p /etc/lifeboot/identity/etc/ssh /etc/lifeboot/identity/root/.ssh
          echo key >/etc/lifeboot/identity/etc/ssh/host_key; chmod 600 /etc/lifeboot/identity/etc/ssh/host_key
          echo me >/etc/lifeboot/identity/root/.ssh/authorized_keys; chmod 700 /etc/lifeboot/identity/root/.ssh
          ${roots(a)}${stage}
          cd /mnt/sysroot; stat -c '%a %n' etc/ssh/host_key root/.ssh; cat etc/fstab
          cd /run/systemd/system; ls sysinit.target.wants emergency.target.wants; grep -h OnBootSec *.timer
          grep -h ExecStart=/ *.service; systemd-analyze verify ./lifeboot-deadline.timer 2>&1 | grep lifeboot
          grep -h CrashReboot ../system.conf.d/lifeboot.conf`;
        assert.deepEqual(inWorld(script).out.trim().split('\n'), [
          '600 etc/ssh/host_key',
          '700 root/.ssh',
          '# the disk',
          '# lifeboot fallback: LABEL=x / ext4 rw 0 1',
          'LABEL=gone /srv ext4 defaults,nofail,x-systemd.device-timeout=30s 0 2',
          'emergency.target.wants:',
          'lifeboot-deadline.timer',
          '',
          'sysinit.target.wants:',
          'lifeboot-deadline.timer',
          'OnBootSec=16min',
          'ExecStart=/usr/bin/systemctl --force reboot',
          'CrashReboot=yes',
        ]);
      });
    });
  },
  'boots read-only with copies in memory, and with its identity, where the kernel has no overlay': () => {
    withTempDir((dir) => {
      const image = makeRoot(dir, 'a', 'ext4');
      const before = digest(image);
      withLoops([image], ([a = '']) => {
        // This machine has overlay; a kernel without it knows no file system of that name.
        const script = `mkdir -p /etc/lifeboot/identity/etc/ssh; echo key >/etc/lifeboot/identity/etc/ssh/host_key
          cp -r "$LB_SHARE" /run/share; LB_SHARE=/run/share; sed -i 's/-t overlay/-t not-there/' /run/share/try-root.sh
          ${roots(a)}${stage}
          cat /mnt/sysroot/etc/ssh/host_key /run/lifeboot/init; grep fallback /mnt/sysroot/etc/fstab
          touch /mnt/sysroot/etc/x && echo etc is written; mount -o remount,rw /mnt/sysroot; touch /mnt/sysroot/x || echo the root is not
          cat /run/lifeboot/boot.json`;
        const { out } = inWorld(script);
        assert.deepEqual(out.trim().split('\n').slice(0, 5), [
          'key',
          '/sbin/init',
          '# lifeboot fallback: LABEL=x / ext4 rw 0 1',
          'etc is written',
          'the root is not',
        ]);
        assert.match(record(out).degraded.join(), /no overlay: '\S+' is booted read-only, with copies of/);
      });
      assert.equal(digest(image), before);
    });
  },
  'does not follow a link of the root out of it': () => {
    const script = `mkdir -p /mnt/r/etc /mnt/r/inside; ln -s /inside /mnt/r/etc/ssh; ln -s loop /mnt/r/loop
      ln -s ../../../../../etc /mnt/r/up; for p in /etc/ssh/key /loop/x /up/passwd / /etc/./../inside; do
      resolve_in_root /mnt/r "$p" && echo "$lb_resolved" || echo failed; done`;
    const expected = ['/inside/key', 'failed', '/etc/passwd', '/', '/inside'];
    assert.deepEqual(inWorld(script).out.trim().split('\n'), expected);
  },
  'writes valid JSON whatever was said': () => {
    const script = `. "$LB_SHARE/boot-record.sh"; degrade 'a "quoted" back\\slash'; degrade "$(printf 'tab\\tand \\303\\244')"
      write_boot_record 0; cat /run/lifeboot/boot.json`;
    for (const shell of shells) {
      assert.deepEqual(record(inWorld(script, shell).out).degraded, ['a "quoted" back\\slash', 'taband ']);
    }
  },
});
