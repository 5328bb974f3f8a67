/**
 * Nodes on which nothing is left that could be booted: the initramfs itself is in reach. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { noise } from './common.ts';

type Short = Pick<Fault, 'name' | 'what' | 'breaks'> & Partial<Pick<Fault, 'machine'>>;

const rescued = (fault: Short): Fault => ({
  ...fault,
  node: 'rescue',
  answer: 'rescue: network, the pinned tunnel and an sshd in the initramfs',
  signs: [/RESCUE: /],
  ends: { slot: null, mode: 'rescue' },
  boots: 1,
  without: {
    how: 'an initramfs with the way into rescue removed',
    machine: {
      ...fault.machine,
      over: {
        ...fault.machine?.over,
        'usr/share/lifeboot/enter-rescue.sh': 'enter_rescue() { return 1; }\nrescue_comes_first() { return 1; }\n',
      },
    },
    ends: 'unreachable',
    sign: /no root works/,
  },
});

const everySlot = [noise('root-a'), noise('root-b'), noise('recovery')];

export const rescueFaults: readonly Fault[] = [
  rescued({
    name: 'rescue-every-slot-noise',
    what: 'the flash of both slots and of the recovery slot died',
    breaks: everySlot,
  }),
  rescued({
    name: 'rescue-table-gone',
    what: 'the partition table is gone, so there is no slot, no state and no data',
    breaks: [
      {
        disk: 'dd if=/dev/zero of="$1" bs=1M count=1 conv=notrunc status=none; truncate -s -1M "$1"; truncate -s +1M "$1"',
      },
    ],
  }),
  rescued({
    name: 'rescue-no-init-anywhere',
    what: 'no slot has an init any more',
    breaks: (['root-a', 'root-b', 'recovery'] as const).map((mounted) => ({ mounted, sh: 'rm usr/sbin/init' })),
  }),
  rescued({
    name: 'rescue-without-lifeboot',
    what: 'every slot died, and lifeboot cannot run in the initramfs',
    breaks: everySlot,
    machine: { over: { 'usr/lib/lifeboot/lifeboot': 'not a program\n' } },
  }),
];
