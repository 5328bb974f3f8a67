/**
 * The difference between two boot states, in words: what a command has changed, or would.
 *
 * Pure.
 */
import type { BootState, SlotState } from '../state/state.ts';

/** One line for each change that an operator cares for. */
export function describeChanges(before: BootState, after: BootState): readonly string[] {
  const names = [...new Set([...Object.keys(before.slots), ...Object.keys(after.slots)])];
  return [
    ...change('order', before.order.join(', '), after.order.join(', ')),
    ...change('next boot only', before.oneShot ?? 'none', after.oneShot ?? 'none'),
    ...names.flatMap((name) => describeSlotChanges(`slot ${name}`, before.slots[name], after.slots[name])),
    ...change('pending', describeList(before.pending), describeList(after.pending)),
    ...change('settings', describeSettings(before), describeSettings(after)),
    ...change('boot without verdict', before.current?.slot ?? 'none', after.current?.slot ?? 'none'),
    ...change('round', String(before.round.number), String(after.round.number)),
  ];
}

function describeList(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}

function describeSettings({ settings = {} }: BootState): string {
  const each = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return each.length === 0 ? 'none' : each.join(', ');
}

const SHOWN = [
  'health',
  'attempts',
  'cleanAttempts',
  'shortLived',
  'limit',
  'mode',
  'held',
  'proofLevel',
  'provenAt',
  'reason',
] as const;
const WORDS: Readonly<Record<(typeof SHOWN)[number], string>> = {
  health: 'health',
  attempts: 'attempts',
  cleanAttempts: 'attempts in clean mode',
  shortLived: 'boots that did not last',
  limit: 'limit',
  mode: 'mode',
  held: 'held back',
  proofLevel: 'proof',
  provenAt: 'proven at',
  reason: 'reason',
};

function describeSlotChanges(title: string, before?: SlotState, after?: SlotState): readonly string[] {
  const shown = SHOWN.flatMap((key) =>
    change(`${title}: ${WORDS[key]}`, String(before?.[key] ?? 'none'), String(after?.[key] ?? 'none')),
  );
  return [
    ...shown,
    ...change(
      `${title}: holds`,
      before?.deployment?.id.slice(0, 12) ?? 'unknown',
      after?.deployment?.id.slice(0, 12) ?? 'unknown',
    ),
  ];
}

function change(what: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${what}: ${before} -> ${after}`];
}
