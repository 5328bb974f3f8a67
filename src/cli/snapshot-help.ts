/** What `snapshot` does, in words; a part of `verb-help.ts`. Data only. */
export const SNAPSHOT_HELP = {
  summary: 'take a snapshot of the running slot, change the other one, and go back when that was wrong',
  details: [
    'take locks the running slot as it is now and gives the other one the same; cancel undoes that. set-writable and',
    'set-boot choose which of both may be changed, and which boots next. delete clears the slot that does not run once',
    'the other has proven itself, or the kept snapshot NUMBER. query shows how things are; with --verify every layer is',
    'read. list shows what is kept. Ends with 2 when there is nothing to change.',
  ],
  example: {
    command: 'lifeboot snapshot take --description "before the new modem driver"',
    does: 'slot b is now the same as the running slot a, and may be changed',
  },
} as const;
