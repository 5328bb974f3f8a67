/**
 * The words after `snapshot`.
 *
 * Pure.
 */
import type { SnapshotCommand } from './command.ts';
import { none, oneOf, onlyFlags, required } from './demand-words.ts';
import type { FlagName } from './flags.ts';
import { parseSlotName, parseSnapshotNumber, type Words } from './words.ts';

const ACTIONS = ['take', 'cancel', 'set-writable', 'set-boot', 'delete', 'list', 'query'] as const;
const FLAGS_OF: Readonly<Record<(typeof ACTIONS)[number], readonly FlagName[]>> = {
  take: ['description', 'dry-run'],
  cancel: ['dry-run'],
  'set-writable': ['dry-run'],
  'set-boot': ['dry-run'],
  delete: ['dry-run'],
  list: ['json'],
  query: ['verify', 'json'],
};

/** @throws BootError USAGE */
export function parseSnapshot(rest: readonly string[], given: Words): SnapshotCommand {
  const action = oneOf('snapshot', required('snapshot', rest, 0), ACTIONS);
  onlyFlags('snapshot', action, given, FLAGS_OF[action]);
  const dryRun = given.has('dry-run');
  if (action === 'set-writable' || action === 'set-boot') {
    none('snapshot', rest, 2);
    return { verb: 'snapshot', action, slot: parseSlotName(required('snapshot', rest, 1)), dryRun };
  }
  if (action === 'delete') return { verb: 'snapshot', action, numbers: rest.slice(1).map(parseSnapshotNumber), dryRun };
  none('snapshot', rest, 1);
  if (action === 'take') return { verb: 'snapshot', action, description: given.value('description') ?? '', dryRun };
  if (action === 'list') return { verb: 'snapshot', action, json: given.has('json') };
  if (action === 'query') return { verb: 'snapshot', action, verify: given.has('verify'), json: given.has('json') };
  return { verb: 'snapshot', action, dryRun };
}
