/**
 * The kinds of value that a configuration holds, each with what was expected in words.
 *
 * Pure.
 */
import * as v from 'valibot';
import { parseDuration } from '../duration.ts';

export const text = v.pipe(v.string('a text'), v.nonEmpty('a text that is not empty'));
export const flag = v.boolean('true or false');

export function wholeNumber(from: number, to: number) {
  const expected = `a whole number from ${from} to ${to}`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(from, expected), v.maxValue(to, expected));
}

export function toSeconds(value: string | number): number {
  return typeof value === 'number' ? value : (parseDuration(value) ?? Number.NaN);
}

export function duration(from: string, to: string) {
  const expected = `a duration from ${from} to ${to}, such as '15min'`;
  const isWithin = (value: string | number) =>
    toSeconds(value) >= (parseDuration(from) ?? 0) && toSeconds(value) <= (parseDuration(to) ?? 0);
  return v.pipe(v.union([v.string(), v.number()], expected), v.check(isWithin, expected), v.transform(toSeconds));
}
