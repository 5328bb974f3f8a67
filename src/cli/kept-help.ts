/** What the verbs on kept snapshots do, in words; a part of `verb-help.ts`. Data only. */
export const KEPT_HELP = {
  keep: {
    summary: 'turn what runs now, with all that was written to it, into a kept snapshot',
    details: [
      'Nothing that runs changes. The snapshot has a number and can be booted (switch NUMBER), compared (diff) and taken',
      'single files from (undo). Where this boot has proven itself, it is also what the node falls back to when no slot is',
      'left. --of SLOT keeps what a slot holds. --type pre and post are for the two sides of one change.',
    ],
    example: { command: 'lifeboot keep --description "modem works" --pin', does: 'keeps what runs until unpin' },
  },
  pin: {
    summary: 'keep a snapshot from being deleted by a rule',
    details: ['snapshot delete refuses it, too. Ends with 2 when it is pinned already.'],
    example: { command: 'lifeboot pin 12', does: 'cleanup leaves snapshot 12 alone' },
  },
  unpin: {
    summary: 'let the rules delete a snapshot again',
    details: ['Ends with 2 when it is not pinned.'],
    example: { command: 'lifeboot unpin 12', does: 'cleanup may delete snapshot 12' },
  },
  cleanup: {
    summary: 'delete kept snapshots that a rule of [snapshots] gives up, and what nothing needs any more',
    details: [
      'Run by lifeboot-cleanup.timer, each day. By number, timeline, age, free space, and pairs around a command that has',
      'changed nothing. Never one that is pinned, that runs, that is chosen to boot, or the one that was proven last.',
    ],
    example: { command: 'lifeboot cleanup --dry-run', does: 'says what would be deleted, and by which rule' },
  },
  diff: {
    summary: 'what differs between two deployments: files, packages, /etc',
    details: [
      'A and B are slots, numbers of kept snapshots, or running, which is the mounted system with all that was written to',
      'it. Of a slot, what was written to it does not count. PATH… narrows it down, and shows text line by line.',
    ],
    example: { command: 'lifeboot diff 12 running /etc', does: 'shows what became of /etc since snapshot 12' },
  },
  undo: {
    summary: 'bring single paths of the running system from how they are in B back to how they are in A',
    details: [
      'A directory comes back with all below it; what is not in A is removed. A path that is not as in B any more is refused,',
      'except with --force. Each path changes by one rename.',
    ],
    example: {
      command: 'lifeboot undo 12 running /etc/ssh/sshd_config',
      does: 'gives sshd_config back as it was in 12',
    },
  },
  packages: {
    summary: 'the packages of a deployment, booted or not',
    details: [
      'DEPLOYMENT is a slot, the number of a kept snapshot, or running. Ends with 1 where NAME is not installed.',
    ],
    example: { command: 'lifeboot packages b openssh-server', does: 'prints the version in slot b' },
  },
} as const;
