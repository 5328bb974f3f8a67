/**
 * Parts that many faults share. Pure: data.
 */
import type { Break, Control, PartitionName, Without } from '../fault.ts';

/** Slot b is put on trial; one attempt is enough to see the way back. */
export const trialOfB: readonly Break[] = [
  { lifeboot: ['switch', 'b'] },
  { lifeboot: ['state', 'set', 'slots.b.limit', '1'] },
];

/** A damaged update in slot b: `sh` runs at the top of its file system. */
export const inUpdate = (sh: string): readonly Break[] => [...trialOfB, { mounted: 'root-b', sh }];

/** The same slot, entered by a plain initramfs. */
export const plain = (slot: 'a' | 'b', sign?: RegExp): Without => ({
  how: `a plain initramfs boots slot ${slot}`,
  plain: slot,
  ends: 'unreachable',
  ...(sign && { sign }),
});

export const NO_INIT = /No init found|Target filesystem doesn't have|Kernel panic/;
export const NO_ROOT = /Gave up waiting for root|ALERT!|No root device|mount: .* failed|BusyBox v/;
export const PANIC = /Kernel panic - not syncing/;

/** For a boot that has to be proven on a busy machine. */
export const patient = { cmdline: 'lifeboot.confirm.deadline=5min' } as const;

/** Noise over the first 24 MiB of a partition, as a dying flash leaves it. */
export const noise = (device: PartitionName): Break => ({
  device,
  sh: 'dd if=/dev/urandom of="$1" bs=1M count=24 conv=fsync status=none',
});

/** Without its script, the fallback boots nothing. */
export const NO_FALLBACK = { 'usr/share/lifeboot/fallback.sh': 'fall_back() { return 1; }\n' };
/** What the initramfs says then. */
export const STUCK = /no root works/;

const LIFEBOOT = '/usr/lib/lifeboot/ld-linux-x86-64.so.2 --library-path /usr/lib/lifeboot /usr/lib/lifeboot/lifeboot';

/** A boot program that gives up where lifeboot goes on: first `command` must succeed. */
export function picky(command: string): Readonly<Record<string, string>> {
  const wait = 'for i in 1 2 3 4 5; do [ -b /dev/vda ] || sleep 1; done; sleep 1';
  const script = `#!/bin/sh\n${wait}\n${LIFEBOOT} ${command} >/dev/null || exit 69\nexec ${LIFEBOOT} "$@"\n`;
  return { 'usr/bin/lifeboot': script, ...NO_FALLBACK };
}

const OVERLAY = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /scripts/functions
modprobe -q overlay
mkdir -p /data /lower
mount -t ext4 /dev/disk/by-partlabel/system-data /data || panic "ALERT! the data partition cannot be mounted"
mount --move "$rootmnt" /lower
for upper in /data/lifeboot/upper/a-*; do :; done
mount -t overlay -o "lowerdir=/lower,upperdir=$upper/upper,workdir=$upper/work" overlay "$rootmnt" || panic "ALERT! no overlay"
`;

/** The same with an initramfs that lays the node's upper over slot a, as overlay set-ups by hand do. */
export const plainWithUpper = (slot: 'a', sign?: RegExp): Without => ({
  ...plain(slot, sign),
  how: `a plain initramfs boots slot ${slot} with its upper`,
  machine: {
    over: {
      'scripts/local-bottom/overlay': OVERLAY,
      'scripts/local-bottom/ORDER': '/scripts/local-bottom/overlay "$@"\n',
    },
  },
});

/** No sign: a control has no last words. */
export const controls: readonly Control[] = [
  { name: 'control-plain-debian', node: 'debian', without: plain('b') },
  { name: 'control-plain-small', node: 'small', without: plain('a') },
  { name: 'control-upper-small', node: 'small', without: plainWithUpper('a') },
];
