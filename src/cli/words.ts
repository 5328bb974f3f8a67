/**
 * What minimist made of the argument words, asked for in a way that cannot be misread.
 *
 * Pure. Invariant: a value given twice, an empty value or one that is no text is refused, never guessed at.
 */
import type { ParsedArgs } from 'minimist';
import { BootError } from '../core/errors.ts';
import { isSlotName, type SlotName } from '../core/slot.ts';
import type { FlagName } from './flags.ts';

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
