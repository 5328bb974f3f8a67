/**
 * Updates that are entered and then cannot be reached: network, sshd, accounts, systemd itself. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { inUpdate, PANIC, patient, plain } from './common.ts';

type Short = Pick<Fault, 'name' | 'what' | 'breaks' | 'without'> & Partial<Pick<Fault, 'answer' | 'signs'>>;

const update = (fault: Short): Fault => ({
  answer: 'no proof by the deadline: the verdict is recorded, the node reboots into slot a',
  signs: [/slot b is chosen: trial/],
  ...fault,
  node: 'debian',
  ends: { slot: 'a' },
  boots: 2,
});

/** A unit of the update, wanted by sysinit.target. */
const unit = (name: string, text: string): string => `cat >etc/systemd/system/${name}.service <<'UNIT'
${text}
UNIT
mkdir -p etc/systemd/system/sysinit.target.wants
ln -s ../${name}.service etc/systemd/system/sysinit.target.wants/`;

export const updateSystemFaults: readonly Fault[] = [
  update({
    name: 'update-network-name',
    what: 'its network file names an interface that does not exist',
    breaks: inUpdate("sed -i 's/^Name=.*/Name=enp9s9/' etc/systemd/network/20-wired.network"),
    without: plain('b'),
  }),
  update({
    name: 'update-network-masked',
    what: 'systemd-networkd is masked in the update',
    breaks: inUpdate('ln -sf /dev/null etc/systemd/system/systemd-networkd.service'),
    without: plain('b'),
  }),
  update({
    name: 'update-wrong-route',
    what: 'a route of the update throws away what goes to the far end',
    breaks: inUpdate(
      unit(
        'route',
        "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'until ip route add prohibit 10.0.2.100; do sleep 1; done'",
      ),
    ),
    without: plain('b'),
  }),
  update({
    name: 'update-sshd-config',
    what: 'a word in sshd_config that sshd does not know',
    breaks: inUpdate('echo "PermitRootLogon yes" >>etc/ssh/sshd_config'),
    without: plain('b', /Failed to start .*[Ss]ecure Shell/),
  }),
  update({
    name: 'update-without-sshd',
    what: 'the update has no sshd',
    breaks: inUpdate('rm usr/sbin/sshd'),
    without: plain('b', /Failed to start .*[Ss]ecure Shell/),
  }),
  update({
    name: 'update-pam-denies',
    what: 'PAM denies every login',
    breaks: inUpdate("sed -i '1i account required pam_deny.so' etc/pam.d/sshd"),
    answer: 'the self-check logs in like an operator, so an open port is no proof; back to slot a at the deadline',
    without: plain('b'),
  }),
  update({
    name: 'update-login-shell',
    what: "root's login shell does not exist",
    breaks: inUpdate("sed -i '/^root:/s#:[^:]*$#:/bin/nosuch#' etc/passwd"),
    answer: 'the self-check logs in like an operator, so an open port is no proof; back to slot a at the deadline',
    without: plain('b'),
  }),
  update({
    name: 'update-home-writable',
    what: "root's home is writable by everybody, so sshd refuses its keys",
    breaks: inUpdate('chmod 0777 root'),
    answer: 'the self-check logs in like an operator, so an open port is no proof; back to slot a at the deadline',
    without: plain('b'),
  }),
  update({
    name: 'update-accounts-lost',
    what: '/etc/passwd and /etc/shadow of the update are empty',
    breaks: inUpdate(': >etc/passwd; : >etc/shadow'),
    without: plain('b'),
  }),
  update({
    name: 'update-bad-fstab',
    what: 'its fstab asks for the wrong file system: emergency mode',
    breaks: inUpdate("echo '/dev/disk/by-partlabel/system-data /srv squashfs defaults 0 0' >>etc/fstab"),
    answer: 'the emergency shell ends by reboot after a minute; slot a',
    without: plain('b', /You are in emergency mode|Give root password|Press Enter for maintenance/),
  }),
  update({
    name: 'update-rescue-target',
    what: 'somebody left rescue.target as default target',
    breaks: inUpdate('ln -sf /lib/systemd/system/rescue.target etc/systemd/system/default.target'),
    answer: 'the rescue shell ends by reboot after a minute; slot a',
    without: plain('b', /You are in rescue mode|Give root password|Press Enter for maintenance/),
  }),
  update({
    name: 'update-without-lifeboot',
    what: 'somebody built it without lifeboot',
    breaks: inUpdate(`rm -rf usr/lib/lifeboot usr/bin/lifeboot etc/lifeboot
find etc/systemd usr/lib/systemd -name 'lifeboot*' -exec rm -rf {} +`),
    answer: 'the deadline is in /run, not in the slot: it reboots; slot a',
    without: plain('b'),
  }),
  update({
    name: 'update-blocked-boot',
    what: 'a service before sysinit.target never ends',
    breaks: inUpdate(
      unit(
        'block',
        '[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\nTimeoutStartSec=infinity',
      ),
    ),
    answer: 'the deadline waits for no target: it reboots; slot a',
    without: plain('b'),
  }),
  update({
    name: 'update-crashing-systemd',
    what: 'its systemd crashes after 15 s',
    breaks: inUpdate(
      unit('crash', "[Service]\nExecStart=/bin/sh -c 'sleep 15; echo crash.service >/dev/console; kill -SEGV 1'"),
    ),
    answer: 'systemd was told to reboot when it crashes (`CrashReboot=`); slot a',
    signs: [/crash\.service/],
    without: plain('b', /Freezing execution|crash\.service/),
  }),
  update({
    name: 'update-kernel-panic',
    what: 'a driver of the update panics the kernel after 10 s',
    breaks: inUpdate(
      unit(
        'panic',
        "[Service]\nExecStart=/bin/sh -c 'sleep 10; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger'",
      ),
    ),
    answer: '`kernel.panic` was set: the kernel reboots; slot a',
    signs: [PANIC],
    without: plain('b', PANIC),
  }),
  update({
    name: 'update-reboots-for-ever',
    what: 'a service of the update reboots the node 5 s after its start, always',
    breaks: inUpdate(
      unit('again', '[Service]\nExecStartPre=/bin/sleep 5\nExecStart=/bin/systemctl --force --force reboot'),
    ),
    answer: 'the attempt was counted before: slot a',
    without: plain('b'),
  }),
  update({
    name: 'update-check-fails',
    what: 'a required local check of the update fails: its application is broken',
    breaks: inUpdate(
      "printf '#!/bin/sh\\nexit 1\\n' >etc/lifeboot/check.d/required.d/app; chmod 0755 etc/lifeboot/check.d/required.d/app",
    ),
    answer: 'bad at once, without waiting for the deadline; slot a',
    signs: [/slot b is chosen: trial/],
    without: {
      how: 'the check is removed',
      breaks: [{ mounted: 'root-b', sh: 'rm etc/lifeboot/check.d/required.d/app' }],
      machine: patient,
      ends: { slot: 'b', proven: true },
    },
  }),
  {
    name: 'update-name-service-dead',
    machine: patient,
    what: "the update cannot look up the far end's name",
    node: 'debian',
    breaks: inUpdate("sed -i '/bastion/d' etc/hosts"),
    answer: 'the next entry of `[tunnel] host` is its address: the update is proven',
    signs: [/slot b is chosen: trial/],
    ends: { slot: 'b', proven: true },
    boots: 1,
    without: {
      how: '`[tunnel] host` is the name alone',
      breaks: [
        { mounted: 'root-b', sh: 'sed -i \'s/^host = .*/host = "bastion.example.org"/\' etc/lifeboot/lifeboot.toml' },
      ],
      machine: {},
      ends: { slot: 'a' },
    },
  },
];
