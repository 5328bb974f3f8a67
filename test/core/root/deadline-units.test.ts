import assert from 'node:assert/strict';
import {
  type DeadlineRequest,
  deadlineUnits,
  fstabWithoutRoot,
  managerConfig,
  remountUnit,
} from '../../../src/core/root/deadline-units.ts';
import { spec } from '../../support/spec.ts';

const request: DeadlineRequest = {
  seconds: 900,
  unattended: true,
  systemctl: '/usr/bin/systemctl',
  runDir: '/run/lifeboot',
};

function textOf(path: string, change: Partial<DeadlineRequest> = {}): string | undefined {
  const file = deadlineUnits({ ...request, ...change }).find((unit) => unit.path === path);
  return file === undefined ? undefined : 'text' in file ? file.text : `-> ${file.target}`;
}

spec('deadlineUnits()', {
  'reboot a minute after the deadline, counted from the start of the kernel': () => {
    assert.match(textOf('system/lifeboot-deadline.timer') ?? '', /^OnBootSec=960s$/m);
  },
  'do not depend on the slot, and survive isolate': () => {
    for (const kind of ['timer', 'service']) {
      const text = textOf(`system/lifeboot-deadline.${kind}`) ?? '';
      assert.match(text, /^DefaultDependencies=no$/m);
      assert.match(text, /^IgnoreOnIsolate=yes$/m);
    }
  },
  'reboot without asking units, unless there is a verdict': () => {
    const text = textOf('system/lifeboot-deadline.service') ?? '';
    assert.match(text, /^ConditionPathExists=!\/run\/lifeboot\/verdict$/m);
    assert.match(text, /^ExecStart=\/usr\/bin\/systemctl --force reboot$/m);
  },
  'are wanted in a normal boot, in emergency and in rescue mode': () => {
    for (const target of ['sysinit', 'emergency', 'rescue']) {
      assert.equal(textOf(`system/${target}.target.wants/lifeboot-deadline.timer`), '-> ../lifeboot-deadline.timer');
    }
  },
  'end emergency and rescue shells after a minute, where nobody attends': () => {
    for (const shell of ['emergency', 'rescue']) {
      const text = textOf(`system/${shell}.service.d/lifeboot.conf`) ?? '';
      assert.match(text, /^RuntimeMaxSec=60s$/m);
      assert.match(text, /^FailureAction=reboot-force$/m);
      assert.equal(textOf(`system/${shell}.service.d/lifeboot.conf`, { unattended: false }), undefined);
    }
  },
  'keep systemd from checking or growing the disk behind the overlay': () => {
    for (const unit of ['systemd-fsck-root.service', 'systemd-growfs-root.service']) {
      assert.match(textOf(`system/${unit}.d/lifeboot.conf`) ?? '', /^ConditionPathExists=!\/run\/lifeboot$/m);
    }
  },
});

spec('remountUnit()', {
  'never remounts the root writable, and reads the given table': () => {
    const plain = remountUnit(null);
    assert.ok('text' in plain && /SYSTEMD_REMOUNT_ROOT_RW=0/.test(plain.text) && !/FSTAB/.test(plain.text));
    const filtered = remountUnit('/run/lifeboot/fstab');
    assert.ok('text' in filtered && /SYSTEMD_FSTAB=\/run\/lifeboot\/fstab LIBMOUNT_FSTAB=\/run/.test(filtered.text));
  },
});

spec('fstabWithoutRoot()', {
  'drops the line for the root and nothing else': () => {
    const table =
      '# / is here\nUUID=x / ext4 errors=remount-ro 0 1\n\tLABEL=b\t/boot ext4 defaults\nproc /proc proc hidepid=2\n';
    assert.equal(fstabWithoutRoot(table), '# / is here\n\tLABEL=b\t/boot ext4 defaults\nproc /proc proc hidepid=2\n');
  },
  'has nothing to say where there is no such line': () => {
    assert.equal(fstabWithoutRoot('#UUID=x / ext4 defaults 0 1\nLABEL=b /boot ext4\n'), null);
    assert.equal(fstabWithoutRoot(''), null);
  },
});

spec('managerConfig()', {
  'lets a crashed service manager reboot': () => {
    const file = managerConfig(null);
    assert.equal(file.path, 'system.conf.d/lifeboot.conf');
    assert.match('text' in file ? file.text : '', /^CrashReboot=yes$/m);
    assert.doesNotMatch('text' in file ? file.text : '', /Watchdog/);
  },
  'hands the watchdog over, by the names of old and new releases': () => {
    const file = managerConfig({ device: '/dev/watchdog1', timeoutSeconds: 30 });
    const text = 'text' in file ? file.text : '';
    assert.match(text, /^WatchdogDevice=\/dev\/watchdog1$/m);
    assert.match(text, /^RuntimeWatchdogSec=30s$/m);
    assert.match(text, /^ShutdownWatchdogSec=(\d+s)\nRebootWatchdogSec=\1$/m);
  },
  'names the device that is armed, or a slot that names another would feed that one': () => {
    const plain = managerConfig({ device: null, timeoutSeconds: 30 });
    assert.match('text' in plain ? plain.text : '', /^WatchdogDevice=\/dev\/watchdog$/m);
  },
});
