/**
 * What each verb does, in words, with an example.
 *
 * Data only: `help.ts` prints it. A verb without an entry does not compile.
 */
import { CHANGES_HELP } from './changes-help.ts';
import { KEPT_HELP } from './kept-help.ts';
import { SNAPSHOT_HELP } from './snapshot-help.ts';
import type { VerbName } from './verb-specs.ts';

export interface VerbHelp {
  readonly summary: string;
  readonly details: readonly string[];
  readonly example: { readonly command: string; readonly does: string };
}

export const VERB_HELP: Readonly<Record<VerbName, VerbHelp>> = {
  status: {
    summary: 'what runs now, what boots next and why, and the health of each slot',
    details: ['Ends with 3 when the running system is degraded: something it should have is missing.'],
    example: {
      command: 'lifeboot status',
      does: 'shows the slots as a table',
    },
  },
  why: {
    summary: 'why this slot was booted, and the last verdict on each slot',
    details: ['The trace is kept with the boot state, so the reasons of earlier boots are still there after a reboot.'],
    example: {
      command: 'lifeboot why',
      does: 'prints the reasons, line by line',
    },
  },
  plan: {
    summary: 'what the next boot would do, step by step, without doing any of it',
    details: ['What the slots hold is taken from the records; the boot itself looks at the devices.'],
    example: {
      command: 'lifeboot plan',
      does: 'lists the steps and the reasons',
    },
  },
  log: {
    summary: 'past boots, newest last: slot, attempt, outcome and reason',
    details: [],
    example: {
      command: 'lifeboot log --json',
      does: 'prints past boots for a script',
    },
  },
  switch: {
    summary: 'choose what boots next',
    details: [
      'SLOT, or the kept snapshot NUMBER, or snapper:NUMBER (one of the root that Snapper made), becomes the first in the',
      'order. It stays good when it holds what was last proven there; anything else is a trial, with all of its attempts.',
      'Ends with 2 when it is next already, with 65 when empty.',
    ],
    example: {
      command: 'lifeboot switch b --once',
      does: 'boots b next, and the first in the order after that',
    },
  },
  rollback: {
    summary: 'go back to what was proven last, other than what runs now',
    details: ['The same as switch with that slot. Ends with 69 when nothing else was ever proven.'],
    example: {
      command: 'lifeboot rollback --dry-run',
      does: 'shows where a rollback would go',
    },
  },
  mark: {
    summary: 'judge a slot by hand',
    details: [
      'mark good judges the system that is really running, and no other; it counts as a proof of level manual.',
      'mark bad judges the running slot or the one that is named. Ends with 2 when the slot is so already.',
    ],
    example: {
      command: 'lifeboot mark bad b --reason "modem driver missing"',
      does: 'keeps b from being booted',
    },
  },
  'reset-attempts': {
    summary: 'give a slot, or every slot, all of its attempts back',
    details: ['Health does not change: a slot that is bad stays bad until switch makes it a trial.'],
    example: {
      command: 'lifeboot reset-attempts b',
      does: 'lets b be tried again as often as its limit says',
    },
  },
  confirm: {
    summary: 'prove this boot, or give its verdict',
    details: [
      'Runs the local checks, then looks at the tunnel. Without --wait it looks once and writes nothing. Ends with 0',
      "when the boot is proven, with 1 at a verdict against it, with 69 when it is nobody's fault.",
    ],
    example: {
      command: 'lifeboot confirm',
      does: 'looks once, and says what is missing for a proof',
    },
  },
  tend: {
    summary: 'look after the tunnel of a boot that has its verdict: one step of the recovery ladder',
    details: [
      'Run by lifeboot-tend.timer, each minute. While the tunnel is away it takes one rung after the other, each at its',
      'time: see [tend] of the configuration. When the tunnel is back it proves a boot that had its verdict without it.',
    ],
    example: {
      command: 'lifeboot tend --dry-run',
      does: 'looks at the tunnel, and says which rung is due when',
    },
  },
  check: {
    summary: 'run the local checks of /etc/lifeboot/check.d',
    details: ['Ends with 1 when a required check fails; a wanted check that fails is only shown.'],
    example: {
      command: 'lifeboot check',
      does: 'shows each check and how long it took',
    },
  },
  tunnel: {
    summary: 'become the reverse tunnel, look whether it is proven, or prepare the self-check',
    details: [
      'run replaces this process with ssh. check ends with 0 when the tunnel is proven, with 1 when it is not.',
      'setup makes the self-check key and its line in authorized_keys where they are missing.',
    ],
    example: {
      command: 'lifeboot tunnel check',
      does: 'proves the tunnel now, and says at which level',
    },
  },
  proof: {
    summary: 'answer from inside the tunnel: this is boot BOOTID',
    details: [
      'An operator who came in through the tunnel runs it with the boot id of status. --echo is for the self-check.',
    ],
    example: {
      command: 'lifeboot proof 0123456789abcdef0123456789abcdef',
      does: 'proves the boot at level remote',
    },
  },
  state: {
    summary: 'set up, examine and convert the boot state',
    details: [
      'init records every slot as a trial, in the order of the configuration. set knows the keys order, one-shot,',
      'slots.NAME.limit, and what the kernel command line may set too (attempts.trial, confirm.deadline, …).',
      'A state of a newer format is never overwritten, also not by --force.',
    ],
    example: {
      command: 'lifeboot --config ./lifeboot.toml --state ./state.img state init --good a',
      does: 'prepares the state of an image',
    },
  },
  repair: {
    summary: 'examine a slot that does not run, or write it anew',
    details: [
      'Looks at device, superblock, file system, init, kernel and every file. Ends with 0 when the slot is sound, with',
      '3 when it is doubtful, with 1 when it is damaged. --from takes a raw image, or another slot; never is the running',
      'slot written, nor the one that proved itself last. Ends with 2 when there was nothing to do.',
    ],
    example: {
      command: 'lifeboot repair b --from a',
      does: 'copies slot a to b, reads it back, puts b on trial',
    },
  },
  run: {
    summary: 'change a copy of the running system, and put it on trial in the other slot',
    details: [
      'COMMAND runs in a root that shows the running system as it is now. It has the network, but no service is started.',
      'What it changes becomes a layer; the running system stays as it is, and the other slot boots next. A command that',
      'fails changes nothing. Both slots must be on the same base; a trial that does not prove itself falls back.',
      'What it says is kept in lifeboot/log/ on the data partition. Ends with 2 when nothing was changed.',
    ],
    example: {
      command: 'lifeboot run -- apt-get -y full-upgrade',
      does: 'upgrades the other slot, which boots next',
    },
  },
  install: {
    summary: 'bring an image into the inactive slot, and put it on trial',
    details: [
      'IMAGE is the raw image of a file system, a file or an https:// address; its signature is beside it, IMAGE.sig.',
      'FILE.btrfs is what btrfs send wrote: it is received, and the slot holds that alone.',
      'A fetch goes on where it stopped. What is written is read back and compared. Ends with 2 when all is there already.',
    ],
    example: {
      command: 'lifeboot install https://example.org/field-os-2.2.ext4',
      does: 'the next boot tries it',
    },
  },
  snapshot: SNAPSHOT_HELP,
  store: {
    summary: 'look at the store of layers, make room in it, and read all of it again',
    details: [
      'list shows what is there and who needs it. verify reads every layer, manifest and snapshot that something',
      'needs, and ends with 1 when one is damaged. compact makes one layer of each chain; what a slot shows, its',
      'health and what was written to it stay; the slots of a snapshot in progress are left as they are. clean',
      'deletes what nothing needs. Ends with 2 when there is nothing to do.',
    ],
    example: {
      command: 'lifeboot store verify',
      does: 'reads every layer, and says which slots a damaged one concerns',
    },
  },
  ...CHANGES_HELP,
  ...KEPT_HELP,
  doctor: {
    summary: 'examine configuration, state, devices, keys, units and initramfs',
    details: ['Each finding says what to do. Ends with 0 when all is well, with 3 at warnings, with 1 at failures.'],
    example: {
      command: 'lifeboot doctor',
      does: 'shows every finding',
    },
  },
  rescue: {
    summary: 'what the initramfs does when nothing boots, and how to end it',
    details: [
      'status works on a running node, too: it ends with 3 where rescue could reach nobody. retry chooses SLOT for the',
      'next boot and ends rescue by a reboot. repair examines every slot and repairs what the configuration allows.',
      'command prints the ssh command lines that an initramfs is given.',
    ],
    example: {
      command: 'lifeboot rescue retry a',
      does: 'reboots out of rescue, into slot a first',
    },
  },
  boot: {
    summary: 'the initramfs stage: choose a slot and assemble its root',
    details: [
      'Run by the initramfs, never by hand. Ends with 0 when the root can be entered, with 75 when a reboot is due, with',
      '69 when nothing can be booted: rescue, where the image has it.',
    ],
    example: {
      command: 'lifeboot boot --root /sysroot',
      does: 'assembles the chosen root at /sysroot',
    },
  },
  bootctl: {
    summary: "AOSP's bootctl: its verbs, output and exit codes",
    details: ['Slots are numbers, in the order of the configuration. Ends with 0, 64 or 70, as AOSP does.'],
    example: {
      command: 'lifeboot bootctl get-current-slot',
      does: 'prints the number of the running slot',
    },
  },
};
