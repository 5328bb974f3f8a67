/**
 * `state set KEY VALUE`: the few values of the boot state that an operator may write directly.
 *
 * Pure. Health is not among them: `mark` and `switch` judge, with the checks that belong to it.
 */
import { whyNotSettable } from '../config/overrides.ts';
import { BootError } from '../errors.ts';
import { nearestWord } from '../nearest.ts';
import { withSettings } from '../state/settings.ts';
import { type BootState, withSlot } from '../state/state.ts';
import { type Edit, settleEdit } from './edit.ts';
import { requireSlot } from './require-slot.ts';

const KEYS = [
  'order',
  'one-shot',
  'slots.NAME.limit',
  'attempts.trial',
  'attempts.good',
  'confirm.deadline',
  'confirm.hold',
  'confirm.busy',
  'upper.kind',
  'watchdog.device',
  'watchdog.timeout',
  'watchdog.heartbeat',
  'log',
] as const;

/** @throws BootError USAGE for a key that is not known, or a value that it cannot have */
export function setValue(state: BootState, key: string, value: string): Edit {
  if (key === 'order') return settleEdit(state, { ...state, order: parseOrder(state, value) }, []);
  if (key === 'one-shot') return settleEdit(state, { ...state, oneShot: parseOneShot(state, value) }, []);
  if (KEYS.some((each) => each === key) && key !== 'slots.NAME.limit') return setSetting(state, key, value);
  const [, name] = /^slots\.([^.]+)\.limit$/.exec(key) ?? [];
  if (name === undefined) {
    const near = nearestWord(key, KEYS);
    throw new BootError('USAGE', `the boot state has no settable key '${key}'`, {
      hint: near === null ? `the keys are: ${KEYS.join(', ')}` : `did you mean '${near}'?`,
    });
  }
  requireSlot(state, name);
  return settleEdit(state, withSlot(state, name, { limit: parseLimit(value) }), []);
}

/** A value of the configuration, held against the same schema as the file's. `none` is a kind of upper; of all others it means none. */
function setSetting(state: BootState, key: string, value: string): Edit {
  const { [key]: _old, ...others } = state.settings ?? {};
  const isTakenAway = value === 'default' || (value === 'none' && key !== 'upper.kind');
  const wrong = isTakenAway ? null : whyNotSettable(key, value);
  if (wrong !== null) {
    const hint = 'default takes the setting away: the configuration holds again';
    throw new BootError('USAGE', `'${key}': found '${value}'; expected ${wrong}`, { hint });
  }
  const settings = isTakenAway ? others : { ...others, [key]: value };
  const { settingsNote: _answered, ...without } = withSettings(state, settings);
  return settleEdit(state, without, []);
}

function parseOrder(state: BootState, value: string): readonly string[] {
  const order = value.split(',').map((name) => name.trim());
  for (const name of order) requireSlot(state, name);
  const missing = state.order.filter((name) => !order.includes(name));
  if (new Set(order).size === order.length && missing.length === 0) return order;
  throw new BootError('USAGE', `'${value}' is no order of the slots`, {
    hint: `name each slot once, with commas between: ${state.order.join(',')}`,
  });
}

function parseOneShot(state: BootState, value: string): string | null {
  if (value === 'none') return null;
  if (requireSlot(state, value).health !== 'empty') return value;
  throw new BootError('BAD_DATA', `slot '${value}' is empty: there is nothing to boot in it`);
}

function parseLimit(value: string): number | null {
  if (value === 'none') return null;
  const limit = /^[1-9][0-9]{0,3}$/.test(value) ? Number(value) : null;
  if (limit !== null) return limit;
  throw new BootError('USAGE', `'${value}' is no limit of attempts`, {
    hint: 'a number from 1 to 9999, or none for the limit of the configuration',
  });
}
