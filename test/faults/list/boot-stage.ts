/**
 * What happens to lifeboot itself in the initramfs, and to what it is told. Pure: data.
 */
import type { Fault, Machine } from '../fault.ts';
import { NO_FALLBACK, NO_ROOT, noise, PANIC, picky, plain, STUCK } from './common.ts';

const crash = { 'usr/bin/lifeboot': '#!/bin/sh\nkill -SEGV $$\n' };

/** A fallback in shell; without its script nothing boots. */
const fallback = (name: string, what: string, over: Readonly<Record<string, string>>, sign: RegExp): Fault => ({
  name,
  what,
  node: 'small',
  breaks: [],
  machine: { over },
  answer: '`/init` boots the first root that works, in plain shell: read-only, upper in memory',
  signs: [sign],
  ends: { slot: null, mode: 'fallback' },
  boots: 1,
  without: {
    how: 'an initramfs with the fallback script removed',
    machine: { over: { ...over, ...NO_FALLBACK } },
    ends: 'unreachable',
    sign: STUCK,
  },
});

const badConfig = (name: string, what: string, toml: string, signs: readonly RegExp[]): Fault => {
  const machine: Machine = { over: { 'etc/lifeboot/lifeboot.toml': toml } };
  return {
    name,
    what,
    node: 'small',
    breaks: [],
    machine,
    answer: 'the bad value falls back to its default, with a warning; slot a',
    signs,
    ends: { slot: 'a' },
    boots: 1,
    without: {
      how: 'a boot program that takes a bad value for an error, and no fallback script',
      machine: { over: { ...machine.over, ...picky('state set slots.a.limit 7') } },
      ends: 'unreachable',
      sign: STUCK,
    },
  };
};

export const bootStageFaults: readonly Fault[] = [
  fallback('lifeboot-crashes', 'lifeboot crashes in the initramfs', crash, /ended by signal 11/),
  fallback(
    'lifeboot-hangs',
    'lifeboot hangs in the initramfs',
    { 'usr/bin/lifeboot': '#!/bin/sh\nexec sleep 9999\n', 'etc/lifeboot/initramfs.conf': 'LIFEBOOT_LIMIT=15\n' },
    /did not end within 15 s and was killed/,
  ),
  fallback(
    'lifeboot-cannot-run',
    'the program in the initramfs is not one',
    { 'usr/lib/lifeboot/lifeboot': 'not a program\n' },
    /lifeboot failed with exit code 127|cannot be started|lifeboot failed/,
  ),
  fallback(
    'lifeboot-library-torn',
    'a library of lifeboot in the initramfs is empty',
    { 'usr/lib/lifeboot/libstdc++.so.6': '' },
    /lifeboot failed with exit code 127|cannot be started|lifeboot failed/,
  ),
  {
    ...fallback(
      'lifeboot-crashes-and-slot-noise',
      'lifeboot crashes in the initramfs, and the flash of slot a died',
      crash,
      /ended by signal 11/,
    ),
    breaks: [noise('root-a')],
  },
  {
    name: 'initramfs-torn',
    what: 'the end of the initramfs never reached the disk',
    node: 'small',
    breaks: [],
    machine: { tornBytes: 8_000_000 },
    answer: 'what was unpacked before it holds the fallback in shell',
    signs: [/booting the first root that works, without lifeboot/],
    ends: { slot: null, mode: 'fallback' },
    boots: 1,
    without: {
      ...plain('a', new RegExp(`${PANIC.source}|${NO_ROOT.source}`)),
      how: 'a plain initramfs, torn the same',
    },
  },
  badConfig(
    'config-torn',
    'the configuration in the initramfs ends in the middle of a line',
    '[slots.a]\nroot = "PART',
    [/is no valid TOML/],
  ),
  badConfig(
    'config-typo',
    'attempts that are no number, and a key that does not exist, in the configuration',
    '[slots.a]\nroot = "PARTLABEL=root-a"\n[slots.b]\nroot = "PARTLABEL=root-b"\n[attempts]\ntrial = "three"\ngod = 5\n',
    [/attempts\.trial/],
  ),
  {
    name: 'command-line-garbage',
    what: 'the kernel command line names a root, a slot and values that do not exist',
    node: 'small',
    breaks: [],
    machine: {
      cmdline: 'root=PARTLABEL=nowhere lifeboot.slot=zzz lifeboot.attempts.good=-1 lifeboot.upper.kind=banana',
    },
    answer: 'each is ignored with a warning; slot a',
    signs: [/names no configured slot/],
    ends: { slot: 'a' },
    boots: 1,
    without: plain('a', NO_ROOT),
  },
  {
    name: 'kernel-without-overlay',
    what: 'the kernel has no overlay file system',
    node: 'small',
    breaks: [],
    machine: { cmdline: 'module_blacklist=overlay' },
    answer: 'the fallback boots a root as it is, read-only, with the identity laid over',
    signs: [/no overlay/],
    ends: { slot: null, mode: 'fallback' },
    boots: 1,
    without: {
      how: 'an initramfs with the fallback script removed',
      machine: { cmdline: 'module_blacklist=overlay', over: NO_FALLBACK },
      ends: 'unreachable',
      sign: STUCK,
    },
  },
];
