/**
 * The words after `store`.
 *
 * Pure.
 */
import { BootError } from '../core/errors.ts';
import type { StoreCommand } from './command.ts';
import { none, oneOf, onlyFlags, required } from './demand-words.ts';
import type { FlagName } from './flags.ts';
import { parseSlotName, type Words } from './words.ts';

const ACTIONS = ['list', 'verify', 'compact', 'clean'] as const;
const FLAGS_OF: Readonly<Record<(typeof ACTIONS)[number], readonly FlagName[]>> = {
  list: ['json'],
  verify: ['all', 'json'],
  compact: ['all', 'dry-run'],
  clean: ['dry-run'],
};

/** @throws BootError USAGE */
export function parseStore(rest: readonly string[], given: Words): StoreCommand {
  const action = oneOf('store', required('store', rest, 0), ACTIONS);
  onlyFlags('store', action, given, FLAGS_OF[action]);
  none('store', rest, action === 'compact' ? 2 : 1);
  const [isAll, json, dryRun] = [given.has('all'), given.has('json'), given.has('dry-run')];
  switch (action) {
    case 'list':
      return { verb: 'store', action, json };
    case 'verify':
      return { verb: 'store', action, isAll, json };
    case 'clean':
      return { verb: 'store', action, dryRun };
    case 'compact': {
      const name = rest[1] === undefined ? null : parseSlotName(rest[1]);
      if (name !== null && isAll) throw new BootError('USAGE', `'--all' and '${name}' exclude each other`);
      return { verb: 'store', action, name, isAll, dryRun };
    }
    default:
      return action satisfies never;
  }
}
