/**
 * Updates whose root is damaged: found before it is entered, or by the panic that follows. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { inUpdate, NO_INIT, NO_ROOT, noise, PANIC, plain, trialOfB } from './common.ts';

const SYSTEMD = 'usr/lib/systemd/systemd';

type Short = Pick<Fault, 'name' | 'what' | 'breaks' | 'answer' | 'signs' | 'without'>;

/** Back in slot a without a reboot. */
const inPlace = (fault: Short): Fault => ({ ...fault, node: 'debian', ends: { slot: 'a' }, boots: 1 });
/** One boot is lost to it. */
const afterReboot = (fault: Short): Fault => ({ ...fault, node: 'debian', ends: { slot: 'a' }, boots: 2 });

const GIVEN_UP = /slot b failed in /;
const FOUND = 'the root is checked before it is entered; slot a is taken in the same boot';
const PANICKED = 'the kernel reboots itself, the attempt was counted before: slot a';

export const updateRootFaults: readonly Fault[] = [
  inPlace({
    name: 'update-without-init',
    what: 'the update has no init',
    breaks: inUpdate(`rm ${SYSTEMD}`),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-empty-init',
    what: 'the init of the update has no bytes, as after a power cut',
    breaks: inUpdate(`: >${SYSTEMD}`),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-init-not-executable',
    what: 'the init of the update lost its mode',
    breaks: inUpdate(`chmod 0644 ${SYSTEMD}`),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-short-init',
    what: 'the second half of the init was never written',
    breaks: inUpdate(`truncate -s 30000 ${SYSTEMD}`),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-without-loader',
    what: 'the dynamic loader of the update is gone',
    breaks: inUpdate('rm -f usr/lib64/ld-linux-x86-64.so.2 usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-short-libc',
    what: 'the C library of the update is cut off',
    breaks: inUpdate('truncate -s 500000 usr/lib/x86_64-linux-gnu/libc.so.6'),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', PANIC),
  }),
  inPlace({
    name: 'update-for-another-machine',
    what: 'the update was built for arm64',
    // e_machine of the ELF header: 183.
    breaks: inUpdate(`printf '\\267\\000' | dd of=${SYSTEMD} bs=1 seek=18 conv=notrunc status=none`),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  inPlace({
    name: 'update-noise',
    what: "the update's flash died: its file system begins with noise",
    breaks: [...trialOfB, noise('root-b')],
    answer: 'nothing can be mounted; slot a is taken in the same boot',
    signs: [GIVEN_UP],
    without: plain('b', NO_ROOT),
  }),
  inPlace({
    name: 'update-partition-gone',
    what: "the update's partition is not in the table any more",
    breaks: [...trialOfB, { disk: 'sfdisk --quiet --no-reread --no-tell-kernel --delete "$1" 3' }],
    answer: 'the device is waited for with a limit; slot a is taken in the same boot',
    signs: [GIVEN_UP],
    without: plain('b', NO_ROOT),
  }),
  inPlace({
    name: 'update-without-usr',
    what: "the update's /usr is an empty directory",
    breaks: inUpdate('rm -rf usr && mkdir usr'),
    answer: FOUND,
    signs: [GIVEN_UP],
    without: plain('b', NO_INIT),
  }),
  afterReboot({
    name: 'update-torn-init',
    what: 'the middle of its init is zeros, its length is right',
    breaks: inUpdate(`dd if=/dev/zero of=${SYSTEMD} bs=4096 seek=6 count=9 conv=notrunc status=none`),
    answer: PANICKED,
    signs: [PANIC],
    without: plain('b', PANIC),
  }),
  afterReboot({
    name: 'update-torn-libc',
    what: 'the middle of its C library is zeros, its length is right',
    breaks: inUpdate(
      'dd if=/dev/zero of=usr/lib/x86_64-linux-gnu/libc.so.6 bs=4096 seek=40 count=200 conv=notrunc status=none',
    ),
    answer: PANICKED,
    signs: [PANIC],
    without: plain('b', PANIC),
  }),
  afterReboot({
    name: 'update-without-a-library',
    what: "systemd's own library is missing in the update",
    breaks: inUpdate('rm usr/lib/x86_64-linux-gnu/systemd/libsystemd-core-*.so'),
    answer: PANICKED,
    signs: [PANIC],
    without: plain('b', PANIC),
  }),
];
