/**
 * Every flag of the command line, with what `--help` and the manual say of it.
 *
 * Data only. A flag that is not here is unknown; which verb takes which is in `verb-specs.ts`.
 */
export interface FlagSpec {
  /** The name of its value in the help, or null when it is a switch. */
  readonly value: string | null;
  readonly text: string;
}

export const FLAGS = {
  config: { value: 'FILE', text: 'read this configuration (default: /etc/lifeboot/lifeboot.toml)' },
  state: { value: 'PATH', text: 'use the boot state in this file or device, to prepare an image offline' },
  help: { value: null, text: 'explain lifeboot or one verb, with an example (also -h)' },
  version: { value: null, text: 'print the version' },
  json: { value: null, text: 'print JSON for scripts' },
  'dry-run': { value: null, text: 'print what would change, and change nothing' },
  once: { value: null, text: 'for the next boot only; the order stays as it is' },
  normal: { value: null, text: 'end the mode clean: the next boot has its writable layer and directories again' },
  reason: { value: 'TEXT', text: 'what is wrong with the slot, for status and why' },
  check: { value: null, text: 'keep what was found, for why; without SLOT: the slots that a fallback left behind' },
  from: { value: 'IMAGE|SLOT', text: 'write the slot anew, from an image or from another slot' },
  slot: { value: 'SLOT', text: 'write into this slot (default: the one that neither runs nor proved itself last)' },
  description: { value: 'TEXT', text: 'what the snapshot is for' },
  of: { value: 'SLOT', text: 'what this slot holds, without what was written to it, instead of what runs' },
  'user-data': { value: 'KEY=VALUE', text: 'what a script wants to find again; may be given more than once' },
  pin: { value: null, text: 'no rule deletes the snapshot, until unpin' },
  cleanup: { value: 'RULE', text: 'which rule of cleanup may delete it: number, timeline or empty-pre-post' },
  type: { value: 'TYPE', text: 'single (the default), or pre and post around a change' },
  pre: { value: 'NUMBER', text: 'of a post: the snapshot that was taken before the same change' },
  hook: { value: 'MANAGER', text: 'only where [snapshots] asks for it for apt, dnf or zypper; else end with 2' },
  'print-number': { value: null, text: 'print nothing but the number of the snapshot' },
  content: { value: null, text: 'show text files that differ line by line, as diff -u does' },
  verify: { value: null, text: 'read every layer of both slots, and compare it with its digest' },
  shell: { value: null, text: 'open a shell in the slot; leave it with 0 to keep what was changed' },
  continue: { value: null, text: 'on top of the pending change, instead of on what runs' },
  'drop-if-unchanged': { value: null, text: 'change nothing where only logs, caches and locks were written' },
  reboot: { value: null, text: 'reboot when the change is in place' },
  full: { value: null, text: 'make one layer of all of them, so that nothing older is needed' },
  all: { value: null, text: 'verify: also what nothing needs; compact: snapshots, too' },
  level: {
    value: 'LEVEL',
    text: 'what is reset: etc, upper (the writable layers) or all (and persistent directories)',
  },
  'forget-identity': { value: null, text: 'put the identity files aside, too; those in the initramfs image stay' },
  undo: { value: null, text: 'take a factory reset back, also after it was done' },
  good: { value: 'SLOT', text: 'record this slot as good: you have proven it yourself' },
  force: { value: null, text: 'replace a boot state that is valid; undo what was changed again since' },
  format: { value: 'NAME', text: 'the format of another bootloader: abr, avb, aosp, uboot or grub' },
  wait: { value: null, text: 'wait for the proof until the deadline, then give the verdict' },
  stopped: { value: null, text: 'the system goes down cleanly: that is not the fault of its slot' },
  echo: { value: null, text: 'answer a login of the self-check with the boot id' },
  root: { value: 'DIR', text: 'assemble the new root at this directory (default: /sysroot)' },
} as const satisfies Readonly<Record<string, FlagSpec>>;

export type FlagName = keyof typeof FLAGS;

export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[];
/** The flags that every verb takes. */
export const GLOBAL_FLAGS: readonly FlagName[] = ['config', 'state', 'help', 'version'];

/** @returns whether `name` is a flag of some verb; safe for names such as `constructor`. */
export function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}

/** How a flag is written in usage lines: `--once`, `--config FILE`. */
export function formatFlag(name: FlagName): string {
  const { value }: FlagSpec = FLAGS[name];
  return value === null ? `--${name}` : `--${name} ${value}`;
}
