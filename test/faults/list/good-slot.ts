/**
 * What happens to a node that has proven itself: its slots, its disk, what it keeps. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { NO_INIT, NO_ROOT, noise, plain, plainWithUpper } from './common.ts';

/** Slot b is known to be of no use. */
const withoutB = { lifeboot: ['mark', 'bad', 'b', '--reason', 'broken'] } as const;

/** Hides a name of slot a in its upper, as `rm` on the running node does. */
const hide = (path: string) =>
  ({
    mounted: 'system-data',
    sh: `cd lifeboot/upper/a-*/upper; mkdir -p $(dirname ${path}); rm -rf ${path}; mknod ${path} c 0 0`,
  }) as const;

export const goodSlotFaults: readonly Fault[] = [
  {
    name: 'good-slot-noise',
    what: 'the flash of the proven slot died',
    node: 'small',
    breaks: [noise('root-a')],
    answer: 'slot b is taken in the same boot, and proven',
    signs: [/slot b is chosen/],
    ends: { slot: 'b', proven: true },
    boots: 1,
    without: plain('a', NO_ROOT),
  },
  {
    name: 'good-slot-without-init',
    what: 'somebody deleted the init of the proven slot',
    node: 'small',
    breaks: [{ mounted: 'root-a', sh: 'rm usr/sbin/init' }],
    answer: 'found before it is entered; slot b is taken in the same boot',
    signs: [/slot b is chosen/],
    ends: { slot: 'b' },
    boots: 1,
    without: plain('a', NO_INIT),
  },
  {
    name: 'both-slots-noise',
    what: 'the flash of both slots died',
    node: 'small',
    breaks: [noise('root-a'), noise('root-b')],
    answer: 'the recovery slot, with the identity and the tunnel of the node',
    signs: [/recovery slot r is chosen/],
    ends: { slot: 'r', proven: true },
    boots: 1,
    without: plain('a', NO_ROOT),
  },
  {
    name: 'both-slots-gone',
    what: 'the partitions of both slots are not in the table any more',
    node: 'small',
    breaks: [
      { disk: 'sfdisk --quiet --no-reread --no-tell-kernel --delete "$1" 2' },
      { disk: 'sfdisk --quiet --no-reread --no-tell-kernel --delete "$1" 3' },
    ],
    answer: 'the devices are waited for with a limit, then the recovery slot',
    signs: [/recovery slot r is chosen/],
    ends: { slot: 'r' },
    boots: 1,
    without: plain('a', NO_ROOT),
  },
  {
    name: 'good-slot-read-error',
    what: "the block with the proven slot's superblock cannot be read any more",
    node: 'small',
    breaks: [],
    machine: { badSectors: [4098] },
    answer: 'slot b is taken in the same boot',
    signs: [/slot b is chosen/],
    ends: { slot: 'b' },
    boots: 1,
    without: plain('a', NO_ROOT),
  },
  {
    name: 'upper-hides-init',
    what: 'init was deleted on the running node, so it is hidden in what the node keeps',
    node: 'small',
    breaks: [withoutB, hide('usr/sbin/init')],
    answer: 'found before it is entered; a clean boot of slot a, without what it kept',
    signs: [/a clean boot of slot a is chosen/],
    ends: { slot: 'a', mode: 'clean' },
    boots: 1,
    without: plainWithUpper('a', NO_INIT),
  },
  {
    name: 'upper-hides-usr',
    what: '`rm -rf /usr` on the running node',
    node: 'small',
    breaks: [withoutB, hide('usr')],
    answer: 'found before it is entered; a clean boot of slot a, without what it kept',
    signs: [/a clean boot of slot a is chosen/],
    ends: { slot: 'a', mode: 'clean' },
    boots: 1,
    without: plainWithUpper('a', NO_INIT),
  },
  {
    name: 'data-noise',
    what: 'the flash of the data partition died',
    node: 'small',
    breaks: [noise('system-data')],
    answer: 'the upper is in memory, the identity comes from the image; degraded',
    signs: [/memory|tmpfs/],
    ends: { slot: 'a', proven: true },
    boots: 1,
    without: plainWithUpper('a', NO_ROOT),
  },
  {
    name: 'data-partition-gone',
    what: 'the data partition is not in the table any more',
    node: 'small',
    breaks: [{ disk: 'sfdisk --quiet --no-reread --no-tell-kernel --delete "$1" 5' }],
    answer: 'it is waited for with a limit, then the upper is in memory; degraded',
    signs: [/memory|tmpfs/],
    ends: { slot: 'a' },
    boots: 1,
    without: plainWithUpper('a', NO_ROOT),
  },
  {
    name: 'data-of-another-file-system',
    what: 'somebody made the data partition a swap space',
    node: 'small',
    breaks: [{ device: 'system-data', sh: 'wipefs -qa "$1"; mkswap -q "$1" >/dev/null' }],
    answer: 'the upper is in memory, the identity comes from the image; degraded',
    signs: [/memory|tmpfs/],
    ends: { slot: 'a' },
    boots: 1,
    without: plainWithUpper('a', NO_ROOT),
  },
  {
    name: 'upper-hides-sshd-config',
    what: '`rm -rf /etc/ssh` on the running node: slot a boots, and nobody can log in',
    node: 'small',
    breaks: [withoutB, hide('etc/ssh/sshd_config')],
    answer: 'the ladder: a reboot, then a clean boot of slot a',
    signs: [/clean boot of slot a is chosen/],
    ends: { slot: 'a', mode: 'clean' },
    boots: 3,
    without: plainWithUpper('a'),
  },
];
