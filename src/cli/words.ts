/**
 * What minimist made of the argument words, asked for in a way that cannot be misread.
 *
 * Pure. Invariant: a value given twice, an empty value or one that is no text is refused, never guessed at.
 */
import type { ParsedArgs } from 'minimist';
import { BootError } from '../core/errors.ts';
import { isSlotName, type SlotName } from '../core/slot.ts';
import type { FlagName } from './flags.ts';

/** May be given more than once. */
const REPEATED: readonly string[] = ['user-data'] satisfies readonly FlagName[];

export class Words {
  /** The words that are no flags. */
  readonly positional: readonly string[];
  readonly #parsed: ParsedArgs;

  /** @throws BootError USAGE when a flag was given twice or without its value */
  constructor(parsed: ParsedArgs) {
    this.#parsed = parsed;
    this.positional = parsed._;
    for (const [name, value] of Object.entries(parsed)) {
      if (name === '_' || typeof value === 'boolean') continue;
      const isList = Array.isArray(value) && REPEATED.includes(name) && !value.includes('');
      if (isList) continue;
      if (Array.isArray(value)) throw new BootError('USAGE', `'--${name}' was given more than once`);
      if (value === '') throw new BootError('USAGE', `'--${name}' needs a value`);
    }
    if (parsed._.includes('')) throw new BootError('USAGE', 'an argument is empty');
  }

  has(name: FlagName): boolean {
    const value: unknown = this.#parsed[name];
    return value !== undefined && value !== false;
  }

  value(name: FlagName): string | null {
    const value: unknown = this.#parsed[name];
    return typeof value === 'string' ? value : null;
  }

  /** Of a flag that may be given more than once. */
  values(name: FlagName): readonly string[] {
    const value: unknown = this.#parsed[name];
    return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  }

  slot(name: FlagName): SlotName | null {
    const value = this.value(name);
    return value === null ? null : parseSlotName(value);
  }
}

/** @throws BootError USAGE when `word` cannot be the name of a slot */
export function parseSlotName(word: string): SlotName {
  if (isSlotName(word)) return word;
  throw new BootError('USAGE', `'${word}' is no slot name`, {
    hint: 'a slot is named by a lower-case letter, then letters, digits, - or _, such as a, b or r',
  });
}

/** As {@link parseSlotName}; a number alone names a kept snapshot: `12` is `s12`. */
export function parseBootable(word: string): SlotName {
  return /^[1-9]\d{0,5}$/.test(word) ? `s${word}` : parseSlotName(word);
}

/** The number of a kept snapshot, as `12` or `s12`. @throws BootError USAGE */
export function parseSnapshotNumber(word: string): number {
  const digits = /^s?([1-9]\d{0,5})$/.exec(word)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new BootError('USAGE', `'${word}' is no number of a snapshot`, { hint: "'lifeboot snapshot list' shows them" });
}
