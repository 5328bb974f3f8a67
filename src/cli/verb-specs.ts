/**
 * Every verb: how it is called, which flags it takes, who may run it.
 *
 * Data only: `args.ts` parses by it. What a verb does, in words, is in `verb-help.ts`: no other start has to read that.
 */
import type { FlagName } from './flags.ts';

/** `write`: root, except with `--state` on a file that the caller may write. */
export type Access = 'read' | 'write' | 'root';

export interface VerbSpec {
  /** What comes after `lifeboot`. */
  readonly usage: readonly string[];
  readonly flags: readonly FlagName[];
  readonly access: Access;
}

export const VERBS = {
  status: {
    usage: ['status'],
    flags: ['json'],
    access: 'read',
  },
  why: {
    usage: ['why'],
    flags: ['json'],
    access: 'read',
  },
  plan: {
    usage: ['plan'],
    flags: ['json'],
    access: 'read',
  },
  log: {
    usage: ['log'],
    flags: ['json'],
    access: 'read',
  },
  switch: {
    usage: ['switch SLOT|NUMBER [--once]'],
    flags: ['once', 'dry-run'],
    access: 'write',
  },
  rollback: {
    usage: ['rollback'],
    flags: ['dry-run'],
    access: 'write',
  },
  mark: {
    usage: ['mark good [SLOT] [--normal]', 'mark bad [SLOT] [--reason TEXT]'],
    flags: ['normal', 'reason', 'dry-run'],
    access: 'write',
  },
  'reset-attempts': {
    usage: ['reset-attempts [SLOT]'],
    flags: ['dry-run'],
    access: 'write',
  },
  confirm: {
    usage: ['confirm [--wait]', 'confirm --stopped'],
    flags: ['wait', 'stopped', 'dry-run'],
    access: 'root',
  },
  tend: {
    usage: ['tend'],
    flags: ['json', 'dry-run'],
    access: 'root',
  },
  check: {
    usage: ['check'],
    flags: ['json'],
    access: 'read',
  },
  tunnel: {
    usage: ['tunnel [run]', 'tunnel check', 'tunnel setup'],
    flags: ['json', 'dry-run'],
    access: 'read',
  },
  proof: {
    usage: ['proof BOOTID', 'proof --echo'],
    flags: ['echo', 'dry-run'],
    access: 'read',
  },
  state: {
    usage: [
      'state init [--good SLOT] [--force]',
      'state show [--json]',
      'state set KEY VALUE',
      'state export|import --format NAME',
      'state upgrade',
    ],
    flags: ['good', 'force', 'json', 'format', 'dry-run'],
    access: 'write',
  },
  repair: {
    usage: ['repair SLOT [--check]', 'repair --check', 'repair SLOT --from IMAGE|SLOT'],
    flags: ['check', 'from', 'json', 'dry-run'],
    access: 'root',
  },
  run: {
    usage: ['run [--continue] -- COMMAND…', 'run [--continue] --shell'],
    flags: ['shell', 'continue', 'drop-if-unchanged', 'reboot', 'full', 'description', 'dry-run'],
    access: 'root',
  },
  install: {
    usage: ['install IMAGE [--slot SLOT]'],
    flags: ['slot', 'dry-run'],
    access: 'root',
  },
  snapshot: {
    usage: [
      'snapshot take [--description TEXT]',
      'snapshot cancel',
      'snapshot set-writable|set-boot SLOT',
      'snapshot delete [NUMBER…]',
      'snapshot list [--json]',
      'snapshot query [--verify] [--json]',
    ],
    flags: ['description', 'verify', 'json', 'dry-run'],
    access: 'root',
  },
  drift: {
    usage: ['drift'],
    flags: ['json'],
    access: 'root',
  },
  'etc-diff': {
    usage: ['etc-diff [SLOT]'],
    flags: ['json'],
    access: 'root',
  },
  keep: {
    usage: [
      'keep [--of SLOT] [--description TEXT] [--user-data KEY=VALUE]… [--pin] [--cleanup RULE]',
      'keep --type pre|post [--pre NUMBER] [--hook MANAGER] [--print-number]',
    ],
    flags: ['of', 'description', 'user-data', 'pin', 'cleanup', 'type', 'pre', 'hook', 'print-number', 'dry-run'],
    access: 'root',
  },
  pin: { usage: ['pin NUMBER…'], flags: ['dry-run'], access: 'root' },
  unpin: { usage: ['unpin NUMBER…'], flags: ['dry-run'], access: 'root' },
  cleanup: { usage: ['cleanup'], flags: ['dry-run'], access: 'root' },
  diff: { usage: ['diff A B [PATH…] [--content]'], flags: ['content', 'json'], access: 'root' },
  undo: { usage: ['undo A B PATH… [--force]'], flags: ['force', 'dry-run'], access: 'root' },
  packages: { usage: ['packages DEPLOYMENT [NAME]'], flags: ['json'], access: 'root' },
  store: {
    usage: [
      'store list [--json]',
      'store verify [--all] [--json]',
      'store compact [SLOT|SNAPSHOT] [--all]',
      'store clean',
    ],
    flags: ['all', 'json', 'dry-run'],
    access: 'root',
  },
  'factory-reset': {
    usage: ['factory-reset --level LEVEL [--forget-identity]', 'factory-reset --undo'],
    flags: ['level', 'forget-identity', 'undo', 'dry-run'],
    access: 'write',
  },
  doctor: {
    usage: ['doctor'],
    flags: ['json'],
    access: 'read',
  },
  rescue: {
    usage: ['rescue status', 'rescue retry SLOT', 'rescue repair', 'rescue command'],
    flags: ['json', 'dry-run'],
    access: 'read',
  },
  boot: {
    usage: ['boot [--root DIR]'],
    flags: ['root', 'dry-run'],
    access: 'root',
  },
  bootctl: {
    usage: ['bootctl VERB [SLOT]'],
    flags: [],
    access: 'read',
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

/** bootctl's own verbs that write, and so need root. */
const WRITING_BOOTCTL = /^(mark|set)-/;

export function isWritingBootctl(words: readonly string[]): boolean {
  return WRITING_BOOTCTL.test(words[0] ?? '');
}
