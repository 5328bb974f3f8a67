/**
 * What an operator (or a bad day) does to the other slot, as shell scripts for the running node: ordinary tools only.
 *
 * Pure: texts. Invariant: nothing here is known to lifeboot; a break is what dd, mount and rm can do.
 */
export type SlotLetter = 'a' | 'b';

export interface Upgrade {
  readonly version: string;
  /** What is wrong with it, for people; empty: nothing. */
  readonly fault: string;
  /** Commands run with the new root mounted at /mnt. */
  readonly change: string;
}

/** Writes the running slot's image into the other slot, changes it, and puts it on trial with so many attempts. */
export function layUpgrade(from: SlotLetter, to: SlotLetter, upgrade: Upgrade, attempts: number): string {
  return `set -eu
new=/dev/disk/by-partlabel/root-${to}
dd if=/dev/disk/by-partlabel/root-${from} of=$new bs=4M status=none
mount -t ext4 $new /mnt
trap 'umount /mnt 2>/dev/null || true' EXIT
echo 'field-os ${upgrade.version}' >/mnt/usr/lib/lifeboot/base-id
sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME="field-os ${upgrade.version}"/' /mnt/usr/lib/os-release
${upgrade.change}
umount /mnt
trap - EXIT
lifeboot switch ${to}
lifeboot state set slots.${to}.limit ${attempts} || [ $? -eq 2 ]
`;
}

export const goodUpgrade = (version: string): Upgrade => ({ version, fault: '', change: ':' });

export const brokenNetwork: Upgrade = {
  version: '2.0-net',
  fault: 'its network file names an interface that does not exist',
  change: "sed -i 's/^Name=.*/Name=enp9s9/' /mnt/etc/systemd/network/20-wired.network",
};

/** What a torn write leaves: whole by its size, so that only running it tells. One cut short is not even entered. */
export const tornInit: Upgrade = {
  version: '2.0-init',
  fault: 'the middle of its init is zeros',
  change: 'dd if=/dev/zero of=/mnt/usr/lib/systemd/systemd bs=4096 seek=6 count=9 conv=notrunc status=none',
};

export const badFstab: Upgrade = {
  version: '2.0-fstab',
  fault: 'its fstab asks for the wrong file system',
  change: "echo '/dev/disk/by-partlabel/system-data /srv squashfs defaults 0 0' >>/mnt/etc/fstab",
};

export const withoutLifeboot: Upgrade = {
  version: '2.0-bare',
  fault: 'somebody built it without lifeboot',
  change: `rm -rf /mnt/usr/lib/lifeboot /mnt/usr/bin/lifeboot /mnt/etc/lifeboot
find /mnt/etc/systemd /mnt/usr/lib/systemd /mnt/lib/systemd -name 'lifeboot*' -exec rm -rf {} +`,
};

export const crashingSystemd: Upgrade = {
  version: '2.0-crash',
  fault: 'its systemd crashes after 20 s',
  // From the start of the kernel: on a fast machine a boot is proven half a minute later.
  change: `cat >/mnt/etc/systemd/system/crash.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo crash.service: kill -SEGV 1 >/dev/console; kill -SEGV 1'
UNIT
cat >/mnt/etc/systemd/system/crash.timer <<'UNIT'
[Timer]
OnBootSec=20s
AccuracySec=100ms
UNIT
mkdir -p /mnt/etc/systemd/system/timers.target.wants
ln -s ../crash.timer /mnt/etc/systemd/system/timers.target.wants/crash.timer`,
};

/** A dying flash, in the slot that is to boot next: 24 MiB of noise over its start. */
export function overwriteWithNoise(slot: SlotLetter): string {
  return `set -eu
lifeboot switch ${slot}
dd if=/dev/urandom of=/dev/disk/by-partlabel/root-${slot} bs=1M count=24 conv=notrunc,fsync status=none
`;
}
