/**
 * What happens to the boot state and its medium. Pure: data.
 */
import type { Break, Fault, Machine } from '../fault.ts';
import { picky, STUCK } from './common.ts';

/** `needs`: the lifeboot command that a boot program without the answer insists on. */
function stateFault(
  name: string,
  what: string,
  breaks: readonly Break[],
  machine: Machine,
  needs: string,
  signs: readonly RegExp[],
): Fault {
  return {
    name,
    what,
    node: 'small',
    breaks,
    machine,
    answer: 'an input like any other: the slots are weighed by the boot id, none is on trial',
    signs,
    ends: { slot: ['a', 'b'] },
    boots: 1,
    without: {
      how: 'a boot program that needs its state, and no fallback script',
      machine: { ...machine, over: picky(needs) },
      ends: 'unreachable',
      sign: STUCK,
    },
  };
}

const B_WITHOUT_NETWORK = `ln -sf /dev/null etc/systemd/system/systemd-networkd.service
ln -sf /dev/null etc/systemd/system/lifeboot-tend.timer`;
const READ = 'state show';
const WRITE = 'state set slots.a.limit 7';

export const bootStateFaults: readonly Fault[] = [
  stateFault(
    'state-zeroed',
    'the boot state is all zeros',
    [{ device: 'lifeboot-state', sh: 'dd if=/dev/zero of="$1" bs=64K count=16 conv=fsync status=none' }],
    {},
    READ,
    [/configuration order/],
  ),
  stateFault(
    'state-noise',
    'the boot state is noise',
    [{ device: 'lifeboot-state', sh: 'dd if=/dev/urandom of="$1" bs=64K count=16 conv=fsync status=none' }],
    {},
    READ,
    [/configuration order/],
  ),
  stateFault(
    'state-of-a-newer-lifeboot',
    'the boot state has a format that only a newer lifeboot knows',
    [{ device: 'lifeboot-state', sh: 'node test/faults/raise-major.ts "$1"' }],
    {},
    READ,
    [/newer/],
  ),
  stateFault(
    'state-partition-gone',
    "the boot state's partition is not in the table any more",
    [{ disk: 'sfdisk --quiet --no-reread --no-tell-kernel --delete "$1" 1' }],
    {},
    READ,
    [/configuration order/],
  ),
  stateFault('state-read-error', "the boot state's medium cannot be read", [], { badSectors: [2048, 3072] }, READ, [
    /configuration order/,
  ]),
  {
    ...stateFault(
      'disk-read-only',
      'the whole disk has become read-only, as worn-out flash does',
      [],
      { qemu: ['-set', 'drive.disk0.read-only=on'] },
      WRITE,
      [/cannot be saved/],
    ),
    answer: 'the attempt cannot be saved, so a proven slot is taken by weight; the upper is in memory',
    ends: { slot: ['a', 'r'] },
  },
  {
    name: 'state-of-another-node',
    what: 'the disk was cloned: the state says that b was proven, on another node; here b has no network',
    node: 'debian',
    breaks: [
      { mounted: 'root-b', sh: B_WITHOUT_NETWORK },
      { lifeboot: ['state', 'init', '--force', '--good', 'b'], as: 'W999' },
      { lifeboot: ['state', 'set', 'order', 'b,a,r'], as: 'W999' },
      { lifeboot: ['mark', 'bad', 'a', '--reason', 'broken there'], as: 'W999' },
    ],
    answer: 'nothing that another node proved is believed: a new state, slot a',
    signs: [/is of node 'W999'/],
    ends: { slot: 'a' },
    boots: 1,
    without: {
      how: "the same state in this node's own name",
      breaks: [
        { lifeboot: ['state', 'init', '--force', '--good', 'b'] },
        { lifeboot: ['state', 'set', 'order', 'b,a,r'] },
        { lifeboot: ['mark', 'bad', 'a', '--reason', 'broken there'] },
      ],
      ends: 'unreachable',
    },
  },
];
