/**
 * What the verbs do that look at the changes on the node, and put them aside; a part of `verb-help.ts`.
 *
 * Data only.
 */
export const CHANGES_HELP = {
  drift: {
    summary: 'which files of the image the writable layer hides or deletes',
    details: ['Sizes are in bytes. What only the node has is not listed.'],
    example: {
      command: 'lifeboot drift',
      does: 'shows why an upgraded file may look like the old one',
    },
  },
  'etc-diff': {
    summary: "what would become of this node's changes to /etc in another deployment",
    details: [
      'Compares /etc as the running deployment brings it, as it is, and as SLOT brings it. Conflicts come first. With carry =',
      '"etc" the first boot of that deployment does exactly this. Without SLOT: the slot that boots next, or another one.',
    ],
    example: {
      command: 'lifeboot etc-diff b',
      does: 'lists conflicts before the reboot',
    },
  },
  'factory-reset': {
    summary: 'have the next boot put aside what was written on this node',
    details: [
      'LEVEL is etc (changes to /etc), upper (the writable layers) or all (and the persistent directories). The boot stage',
      'does it by renaming, so it can be undone until the room is needed. Identity files stay. Ends with 2 when it is',
      'pending already.',
    ],
    example: {
      command: 'lifeboot factory-reset --level upper',
      does: 'the next boot has fresh writable layers',
    },
  },
} as const;
