/**
 * Turns argument words into a typed request, or refuses them with a suggestion.
 *
 * Pure. Invariant: unknown flags are refused before anything else is looked at, because an unknown flag would also
 * swallow the next word; and slot names are parsed here and nowhere else.
 */
import minimist from 'minimist';
import { BootError } from '../core/errors.ts';
import { nearestWord } from '../core/nearest.ts';
import type { Request } from './command.ts';
import { FLAG_NAMES, FLAGS, type FlagName, GLOBAL_FLAGS, isFlagName } from './flags.ts';
import { parseCommand } from './parse-command.ts';
import { isVerbName, specOf, VERB_NAMES, type VerbName } from './verb-specs.ts';
import { Words } from './words.ts';

/**
 * @param argv0 how the program was called; as `bootctl` it behaves as `lifeboot bootctl`
 * @param argv the words after it
 * @throws BootError USAGE
 */
export function parseArgs(argv0: string, argv: readonly string[]): Request {
  const words = argv0.split('/').at(-1) === 'bootctl' ? ['bootctl', ...argv] : [...argv];
  refuseUnknownFlags(words);
  const parsed = minimist(words, {
    string: ['_', ...FLAG_NAMES.filter((name) => FLAGS[name].value !== null)],
    boolean: FLAG_NAMES.filter((name) => FLAGS[name].value === null),
    alias: { h: 'help' },
  });
  const given = new Words(parsed);
  if (given.has('version')) return { ask: 'version' };
  const [verb, ...rest] = given.positional;
  if (given.has('help') || verb === 'help') return { ask: 'help', topic: topicOf(verb === 'help' ? rest[0] : verb) };
  if (verb === undefined) throw new BootError('USAGE', 'no verb given', { hint: 'lifeboot --help lists the verbs' });
  const name = verbOf(verb);
  refuseForeignFlags(name, given);
  return {
    ask: 'run',
    command: parseCommand(name, rest, given),
    configFile: given.value('config'),
    statePath: given.value('state'),
  };
}

function topicOf(word: string | undefined): VerbName | null {
  return word === undefined ? null : verbOf(word);
}

function verbOf(word: string): VerbName {
  if (isVerbName(word)) return word;
  const near = nearestWord(word, VERB_NAMES);
  const hint = near === null ? 'lifeboot --help lists the verbs' : `did you mean '${near}'?`;
  throw new BootError('USAGE', `unknown verb '${word}'`, { hint });
}

/** Looks at the words themselves: minimist takes `--constructor`, `--no-json` and `--json=no` without a complaint. */
function refuseUnknownFlags(words: readonly string[]): void {
  const end = words.indexOf('--');
  for (const word of end < 0 ? words : words.slice(0, end)) {
    if (!word.startsWith('-') || word === '-' || word === '-h') continue;
    const [written = word] = word.split('=', 1);
    const name = written.replace(/^--/, '');
    if (!isFlagName(name)) throw unknownFlag(written, name.replace(/^-+/, ''));
    if (FLAGS[name].value === null && word !== written) {
      throw new BootError('USAGE', `'${written}' takes no value, found '${word}'`);
    }
  }
}

function unknownFlag(written: string, name: string): BootError {
  const near = nearestWord(name, FLAG_NAMES);
  const hint = near === null ? 'lifeboot --help lists the flags' : `did you mean '--${near}'?`;
  return new BootError('USAGE', `unknown flag '${written}'`, { hint });
}

function refuseForeignFlags(verb: VerbName, given: Words): void {
  const known: readonly FlagName[] = [...GLOBAL_FLAGS, ...specOf(verb).flags];
  const foreign = FLAG_NAMES.find((name) => given.has(name) && !known.includes(name));
  if (foreign === undefined) return;
  const takers = VERB_NAMES.filter((name) => specOf(name).flags.includes(foreign)).join(', ');
  throw new BootError('USAGE', `'${verb}' does not take '--${foreign}'`, { hint: `--${foreign} goes with: ${takers}` });
}
