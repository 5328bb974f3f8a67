/**
 * Every verb: how it is called, what it does, which flags it takes, who may run it.
 *
 * Data only: `args.ts` parses by it, `help.ts` prints it, and a test keeps the manual true to it.
 */
import type { FlagName } from './flags.ts';

/** `write`: root, except with `--state` on a file that the caller may write. */
export type Access = 'read' | 'write' | 'root';

export interface VerbSpec {
  /** What comes after `lifeboot`. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly details: readonly string[];
  readonly flags: readonly FlagName[];
  readonly access: Access;
  readonly example: { readonly command: string; readonly does: string };
}

export const VERBS = {
  status: {
    usage: ['status'],
    summary: 'what runs now, what boots next and why, and the health of each slot',
    details: ['Ends with 3 when the running system is degraded: something it should have is missing.'],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot status', does: 'shows the slots as a table' },
  },
  why: {
    usage: ['why'],
    summary: 'why this slot was booted, and the last verdict on each slot',
    details: ['The trace is kept with the boot state, so the reasons of earlier boots are still there after a reboot.'],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot why', does: 'prints the reasons, line by line' },
  },
  plan: {
    usage: ['plan'],
    summary: 'what the next boot would do, step by step, without doing any of it',
    details: ['What the slots hold is taken from the records; the boot itself looks at the devices.'],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot plan', does: 'lists the steps and the reasons' },
  },
  log: {
    usage: ['log'],
    summary: 'past boots, newest last: slot, attempt, outcome and reason',
    details: [],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot log --json', does: 'prints past boots for a script' },
  },
  switch: {
    usage: ['switch SLOT [--once]'],
    summary: 'choose what boots next',
    details: [
      'SLOT becomes the first in the order. It stays good when it holds what was last proven there; anything else',
      'is a trial, with all of its attempts. Ends with 2 when SLOT is next already, with 65 when it is empty.',
    ],
    flags: ['once', 'dry-run'],
    access: 'write',
    example: { command: 'lifeboot switch b --once', does: 'boots b next, and the first in the order after that' },
  },
  rollback: {
    usage: ['rollback'],
    summary: 'go back to what was proven last, other than what runs now',
    details: ['The same as switch with that slot. Ends with 69 when nothing else was ever proven.'],
    flags: ['dry-run'],
    access: 'write',
    example: { command: 'lifeboot rollback --dry-run', does: 'shows where a rollback would go' },
  },
  mark: {
    usage: ['mark good [SLOT] [--normal]', 'mark bad [SLOT] [--reason TEXT]'],
    summary: 'judge a slot by hand',
    details: [
      'mark good judges the system that is really running, and no other; it counts as a proof of level manual.',
      'mark bad judges the running slot or the one that is named. Ends with 2 when the slot is so already.',
    ],
    flags: ['normal', 'reason', 'dry-run'],
    access: 'write',
    example: { command: 'lifeboot mark bad b --reason "modem driver missing"', does: 'keeps b from being booted' },
  },
  'reset-attempts': {
    usage: ['reset-attempts [SLOT]'],
    summary: 'give a slot, or every slot, all of its attempts back',
    details: ['Health does not change: a slot that is bad stays bad until switch makes it a trial.'],
    flags: ['dry-run'],
    access: 'write',
    example: { command: 'lifeboot reset-attempts b', does: 'lets b be tried again as often as its limit says' },
  },
  confirm: {
    usage: ['confirm [--wait]', 'confirm --stopped'],
    summary: 'prove this boot, or give its verdict',
    details: [
      'Runs the local checks, then looks at the tunnel. Without --wait it looks once and writes nothing. Ends with 0',
      "when the boot is proven, with 1 at a verdict against it, with 69 when it is nobody's fault.",
    ],
    flags: ['wait', 'stopped', 'dry-run'],
    access: 'root',
    example: { command: 'lifeboot confirm', does: 'looks once, and says what is missing for a proof' },
  },
  tend: {
    usage: ['tend'],
    summary: 'look after the tunnel of a boot that has its verdict: one step of the recovery ladder',
    details: [
      'Run by lifeboot-tend.timer, each minute. While the tunnel is away it takes one rung after the other, each at its',
      'time: see [tend] of the configuration. When the tunnel is back it proves a boot that had its verdict without it.',
    ],
    flags: ['json', 'dry-run'],
    access: 'root',
    example: { command: 'lifeboot tend --dry-run', does: 'looks at the tunnel, and says which rung is due when' },
  },
  check: {
    usage: ['check'],
    summary: 'run the local checks of /etc/lifeboot/check.d',
    details: ['Ends with 1 when a required check fails; a wanted check that fails is only shown.'],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot check', does: 'shows each check and how long it took' },
  },
  tunnel: {
    usage: ['tunnel [run]', 'tunnel check', 'tunnel setup'],
    summary: 'become the reverse tunnel, look whether it is proven, or prepare the self-check',
    details: [
      'run replaces this process with ssh. check ends with 0 when the tunnel is proven, with 1 when it is not.',
      'setup makes the self-check key and its line in authorized_keys where they are missing.',
    ],
    flags: ['json', 'dry-run'],
    access: 'read',
    example: { command: 'lifeboot tunnel check', does: 'proves the tunnel now, and says at which level' },
  },
  proof: {
    usage: ['proof BOOTID', 'proof --echo'],
    summary: 'answer from inside the tunnel: this is boot BOOTID',
    details: [
      'An operator who came in through the tunnel runs it with the boot id of status. --echo is for the self-check.',
    ],
    flags: ['echo', 'dry-run'],
    access: 'read',
    example: { command: 'lifeboot proof 0123456789abcdef0123456789abcdef', does: 'proves the boot at level remote' },
  },
  state: {
    usage: [
      'state init [--good SLOT] [--force]',
      'state show [--json]',
      'state set KEY VALUE',
      'state export|import --format NAME',
      'state upgrade',
    ],
    summary: 'set up, examine and convert the boot state',
    details: [
      'init records every slot as a trial, in the order of the configuration. set knows the keys order, one-shot,',
      'slots.NAME.limit, and what the kernel command line may set too (attempts.trial, confirm.deadline, …).',
      'A state of a newer format is never overwritten, also not by --force.',
    ],
    flags: ['good', 'force', 'json', 'format', 'dry-run'],
    access: 'write',
    example: {
      command: 'lifeboot --config ./lifeboot.toml --state ./state.img state init --good a',
      does: 'prepares the state of an image',
    },
  },
  repair: {
    usage: ['repair SLOT [--check]', 'repair --check', 'repair SLOT --from IMAGE|SLOT'],
    summary: 'examine a slot that does not run, or write it anew',
    details: [
      'Looks at device, superblock, file system, init, kernel and every file. Ends with 0 when the slot is sound, with',
      '3 when it is doubtful, with 1 when it is damaged. --from takes a raw image, or another slot; never is the running',
      'slot written, nor the one that proved itself last. Ends with 2 when there was nothing to do.',
    ],
    flags: ['check', 'from', 'json', 'dry-run'],
    access: 'root',
    example: { command: 'lifeboot repair b --from a', does: 'copies slot a to b, reads it back, puts b on trial' },
  },
  install: {
    usage: ['install IMAGE [--slot SLOT]'],
    summary: 'bring an image into the inactive slot, and put it on trial',
    details: [
      'IMAGE is the raw image of a file system, a file or an https:// address; its signature is beside it, IMAGE.sig.',
      'A fetch goes on where it stopped. What is written is read back and compared. Ends with 2 when all is there already.',
    ],
    flags: ['slot', 'dry-run'],
    access: 'root',
    example: { command: 'lifeboot install https://example.org/field-os-2.2.ext4', does: 'the next boot tries it' },
  },
  doctor: {
    usage: ['doctor'],
    summary: 'examine configuration, state, devices, keys, units and initramfs',
    details: ['Each finding says what to do. Ends with 0 when all is well, with 3 at warnings, with 1 at failures.'],
    flags: ['json'],
    access: 'read',
    example: { command: 'lifeboot doctor', does: 'shows every finding' },
  },
  rescue: {
    usage: ['rescue status', 'rescue retry SLOT', 'rescue repair', 'rescue command'],
    summary: 'what the initramfs does when nothing boots, and how to end it',
    details: [
      'status works on a running node, too: it ends with 3 where rescue could reach nobody. retry chooses SLOT for the',
      'next boot and ends rescue by a reboot. repair examines every slot and repairs what the configuration allows.',
      'command prints the ssh command lines that an initramfs is given.',
    ],
    flags: ['json', 'dry-run'],
    access: 'read',
    example: { command: 'lifeboot rescue retry a', does: 'reboots out of rescue, into slot a first' },
  },
  boot: {
    usage: ['boot [--root DIR]'],
    summary: 'the initramfs stage: choose a slot and assemble its root',
    details: [
      'Run by the initramfs, never by hand. Ends with 0 when the root can be entered, with 75 when a reboot is due, with',
      '69 when nothing can be booted: rescue, where the image has it.',
    ],
    flags: ['root', 'dry-run'],
    access: 'root',
    example: { command: 'lifeboot boot --root /sysroot', does: 'assembles the chosen root at /sysroot' },
  },
  bootctl: {
    usage: ['bootctl VERB [SLOT]'],
    summary: "AOSP's bootctl: its verbs, output and exit codes",
    details: ['Slots are numbers, in the order of the configuration. Ends with 0, 64 or 70, as AOSP does.'],
    flags: [],
    access: 'read',
    example: { command: 'lifeboot bootctl get-current-slot', does: 'prints the number of the running slot' },
  },
} as const satisfies Readonly<Record<string, VerbSpec>>;

export type VerbName = keyof typeof VERBS;

export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

/** @returns whether `word` is a verb; safe for words such as `constructor`. */
export function isVerbName(word: string): word is VerbName {
  return Object.hasOwn(VERBS, word);
}

/** The verb's entry, with the types of {@link VerbSpec}. */
export function specOf(verb: VerbName): VerbSpec {
  return VERBS[verb];
}
