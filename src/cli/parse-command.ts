/**
 * The words after the verb, parsed verb by verb.
 *
 * Pure. A verb without an entry here does not compile.
 */
import { snapperNumber } from '../core/btrfs/snapper-name.ts';
import { BootError } from '../core/errors.ts';
import { RESET_LEVELS } from '../core/reset/reset-action.ts';
import type { SlotName } from '../core/slot.ts';
import type {
  Command,
  FactoryResetCommand,
  MarkCommand,
  RepairCommand,
  RescueCommand,
  StateCommand,
  TunnelAction,
} from './command.ts';
import { misplaced, none, oneOf, onlyFlags, required, usageHint } from './demand-words.ts';
import type { FlagName } from './flags.ts';
import { parseCleanup, parseDiff, parseKeep, parsePackages, parsePin, parseUndo } from './parse-kept.ts';
import { parseRun } from './parse-run.ts';
import { parseSnapshot } from './parse-snapshot.ts';
import { parseStore } from './parse-store.ts';
import type { VerbName } from './verb-specs.ts';
import { parseBootable, parseSlotName, type Words } from './words.ts';

type Parse = (rest: readonly string[], given: Words) => Command;

const PARSE: Readonly<Record<VerbName, Parse>> = {
  status: reading('status'),
  why: reading('why'),
  plan: reading('plan'),
  log: reading('log'),
  check: reading('check'),
  doctor: reading('doctor'),
  switch: (rest, given) => {
    const word = required('switch', rest, 0);
    const slot = snapperNumber(word) === null ? parseBootable(word) : word;
    none('switch', rest, 1);
    return { verb: 'switch', slot, once: given.has('once'), dryRun: given.has('dry-run') };
  },
  rollback: (rest, given) => {
    none('rollback', rest, 0);
    return { verb: 'rollback', dryRun: given.has('dry-run') };
  },
  mark: parseMark,
  'reset-attempts': (rest, given) => {
    none('reset-attempts', rest, 1);
    return { verb: 'reset-attempts', slot: optionalSlot(rest[0]), dryRun: given.has('dry-run') };
  },
  confirm: (rest, given) => {
    none('confirm', rest, 0);
    const [wait, stopped] = [given.has('wait'), given.has('stopped')];
    if (wait && stopped) throw new BootError('USAGE', "'--wait' and '--stopped' exclude each other");
    return { verb: 'confirm', wait, stopped, dryRun: given.has('dry-run') };
  },
  tend: (rest, given) => {
    none('tend', rest, 0);
    return { verb: 'tend', json: given.has('json'), dryRun: given.has('dry-run') };
  },
  tunnel: (rest, given) => {
    none('tunnel', rest, 1);
    const action = oneOf<TunnelAction>('tunnel', rest[0] ?? 'run', ['run', 'check', 'setup']);
    if (given.has('json') && action !== 'check') throw misplaced('tunnel', 'json', `tunnel ${action}`);
    return { verb: 'tunnel', action, json: given.has('json'), dryRun: given.has('dry-run') };
  },
  proof: (rest, given) => {
    none('proof', rest, given.has('echo') ? 0 : 1);
    const nonce = given.has('echo') ? null : required('proof', rest, 0);
    return { verb: 'proof', nonce, dryRun: given.has('dry-run') };
  },
  state: parseState,
  repair: parseRepair,
  rescue: parseRescue,
  run: parseRun,
  install: (rest, given) => {
    const image = required('install', rest, 0);
    none('install', rest, 1);
    return { verb: 'install', image, slot: given.slot('slot'), dryRun: given.has('dry-run') };
  },
  snapshot: parseSnapshot,
  drift: (rest, given) => {
    none('drift', rest, 0);
    return { verb: 'drift', json: given.has('json') };
  },
  'etc-diff': (rest, given) => {
    none('etc-diff', rest, 1);
    return { verb: 'etc-diff', slot: optionalSlot(rest[0]), json: given.has('json') };
  },
  keep: parseKeep,
  pin: (rest, given) => parsePin('pin', rest, given),
  unpin: (rest, given) => parsePin('unpin', rest, given),
  cleanup: parseCleanup,
  diff: parseDiff,
  undo: parseUndo,
  packages: parsePackages,
  store: parseStore,
  'factory-reset': parseFactoryReset,
  boot: (rest, given) => {
    none('boot', rest, 0);
    return { verb: 'boot', root: given.value('root') ?? '/sysroot', dryRun: given.has('dry-run') };
  },
  bootctl: (rest) => ({ verb: 'bootctl', words: rest }),
};

/** @throws BootError USAGE */
export function parseCommand(verb: VerbName, rest: readonly string[], given: Words): Command {
  return PARSE[verb](rest, given);
}

function parseMark(rest: readonly string[], given: Words): MarkCommand {
  const health = oneOf('mark', required('mark', rest, 0), ['good', 'bad'] as const);
  none('mark', rest, 2);
  const [slot, dryRun] = [optionalSlot(rest[1]), given.has('dry-run')];
  if (health === 'good') {
    if (given.has('reason')) throw misplaced('mark', 'reason', 'mark good');
    return { verb: 'mark', health, slot, normal: given.has('normal'), dryRun };
  }
  if (given.has('normal')) throw misplaced('mark', 'normal', 'mark bad');
  return { verb: 'mark', health, slot, reason: given.value('reason'), dryRun };
}

function parseRescue(rest: readonly string[], given: Words): RescueCommand {
  const action = oneOf('rescue', required('rescue', rest, 0), ['status', 'retry', 'repair', 'command'] as const);
  const [json, dryRun] = [given.has('json'), given.has('dry-run')];
  if (json && action !== 'status') throw misplaced('rescue', 'json', `rescue ${action}`);
  if (dryRun && action !== 'retry') throw misplaced('rescue', 'dry-run', `rescue ${action}`);
  none('rescue', rest, action === 'retry' ? 2 : 1);
  if (action === 'status') return { verb: 'rescue', action, json };
  if (action !== 'retry') return { verb: 'rescue', action };
  return { verb: 'rescue', action, slot: parseSlotName(required('rescue', rest, 1)), dryRun };
}

function parseRepair(rest: readonly string[], given: Words): RepairCommand {
  none('repair', rest, 1);
  const [keep, json, dryRun] = [given.has('check'), given.has('json'), given.has('dry-run')];
  const from = given.value('from');
  if (from === null) {
    const slot = keep ? optionalSlot(rest[0]) : parseSlotName(required('repair', rest, 0));
    return { verb: 'repair', action: 'examine', slot, keep, json, dryRun };
  }
  if (keep) throw new BootError('USAGE', "'--check' and '--from' exclude each other");
  if (json) throw misplaced('repair', 'json', 'repair --from');
  return { verb: 'repair', action: 'write', slot: parseSlotName(required('repair', rest, 0)), from, dryRun };
}

function parseFactoryReset(rest: readonly string[], given: Words): FactoryResetCommand {
  none('factory-reset', rest, 0);
  const [verb, level, dryRun] = ['factory-reset', given.value('level'), given.has('dry-run')] as const;
  if (given.has('undo')) {
    const other = (['level', 'forget-identity'] as const).find((name) => given.has(name));
    if (other !== undefined) throw misplaced(verb, other, 'factory-reset --undo');
    return { verb, level: 'undo', dryRun };
  }
  if (level === null) throw new BootError('USAGE', `'${verb}' needs a level`, { hint: usageHint(verb) });
  return { verb, level: oneOf(verb, level, RESET_LEVELS), forgetIdentity: given.has('forget-identity'), dryRun };
}

const STATE_ACTIONS = ['init', 'show', 'set', 'export', 'import', 'upgrade'] as const;
const STATE_FLAGS: Readonly<Record<(typeof STATE_ACTIONS)[number], readonly FlagName[]>> = {
  init: ['good', 'force', 'dry-run'],
  show: ['json'],
  set: ['dry-run'],
  export: ['format'],
  import: ['format', 'dry-run'],
  upgrade: ['dry-run'],
};

function parseState(rest: readonly string[], given: Words): StateCommand {
  const action = oneOf('state', required('state', rest, 0), STATE_ACTIONS);
  onlyFlags('state', action, given, STATE_FLAGS[action]);
  const dryRun = given.has('dry-run');
  if (action === 'set') {
    none('state', rest, 3);
    return { verb: 'state', action, key: required('state', rest, 1), value: required('state', rest, 2), dryRun };
  }
  if (action === 'export' || action === 'import') {
    none('state', rest, 2);
    return { verb: 'state', action, format: given.value('format'), file: rest[1] ?? null };
  }
  none('state', rest, 1);
  if (action === 'init') return { verb: 'state', action, good: given.slot('good'), force: given.has('force'), dryRun };
  return action === 'show' ? { verb: 'state', action, json: given.has('json') } : { verb: 'state', action, dryRun };
}

function reading(verb: 'status' | 'why' | 'plan' | 'log' | 'check' | 'doctor'): Parse {
  return (rest, given) => {
    none(verb, rest, 0);
    return { verb, json: given.has('json') };
  };
}

function optionalSlot(word: string | undefined): SlotName | null {
  return word === undefined ? null : parseSlotName(word);
}
