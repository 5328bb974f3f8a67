/**
 * What a verb asks of its words; each refusal says how the verb is called.
 *
 * Pure.
 */
import { BootError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest.ts';
import type { FlagName } from './flags.ts';
import { specOf, type VerbName } from './verb-specs.ts';
import type { Words } from './words.ts';

/** @throws BootError USAGE when the word is missing */
export function required(verb: VerbName, rest: readonly string[], index: number): string {
  const word = rest[index];
  if (word === undefined) throw new BootError('USAGE', `'${verb}' needs more words`, { hint: usageHint(verb) });
  return word;
}

/** @throws BootError USAGE when there are words from `from` on */
export function none(verb: VerbName, rest: readonly string[], from: number): void {
  const extra = rest[from];
  if (extra !== undefined)
    throw new BootError('USAGE', `'${verb}' does not take '${extra}'`, { hint: usageHint(verb) });
}

/** @throws BootError USAGE, with the nearest word that is allowed */
export function oneOf<T extends string>(verb: VerbName, word: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === word);
  if (found !== undefined) return found;
  const near = nearestWord(word, allowed);
  const hint = near === null ? usageHint(verb) : `did you mean '${verb} ${near}'?`;
  throw new BootError('USAGE', `'${verb}' does not know '${word}'`, { hint });
}

/** @throws BootError USAGE when a flag of the verb was given that this form does not take */
export function onlyFlags(verb: VerbName, action: string, given: Words, taken: readonly FlagName[]): void {
  const foreign = specOf(verb).flags.find((name) => given.has(name) && !taken.includes(name));
  if (foreign !== undefined) throw misplaced(verb, foreign, `${verb} ${action}`);
}

export function misplaced(verb: VerbName, flag: FlagName, form: string): BootError {
  return new BootError('USAGE', `'${form}' does not take '--${flag}'`, { hint: usageHint(verb) });
}

function usageHint(verb: VerbName): string {
  return `usage: ${specOf(verb)
    .usage.map((line) => `lifeboot ${line}`)
    .join(', or ')}`;
}
