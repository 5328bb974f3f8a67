/**
 * The texts of `--help`, made from the tables of verbs and flags.
 *
 * Pure.
 */
import { FLAGS, type FlagName, formatFlag, GLOBAL_FLAGS } from './flags.ts';
import { VERB_HELP } from './verb-help.ts';
import { specOf, VERB_NAMES, type VerbName } from './verb-specs.ts';

/** Everything at a glance: verbs, flags of all verbs, exit codes, an example. */
export function formatHelp(): string {
  const width = Math.max(...VERB_NAMES.map((name) => name.length)) + 2;
  const verbs = VERB_NAMES.map((name) => `  ${name.padEnd(width)}${VERB_HELP[name].summary}`);
  return [
    'lifeboot: chooses what a remote node boots, and calls a boot good once its tunnel is proven.',
    '',
    'usage: lifeboot VERB [FLAGS]',
    '',
    ...verbs,
    '',
    'with every verb:',
    ...formatFlags(GLOBAL_FLAGS),
    '',
    'example: lifeboot status',
    '',
    'exit codes: 0 done or true, 1 failed, 2 nothing to change, 3 degraded, 64 usage, 65 bad data,',
    '  69 unavailable, 70 internal, 74 input or output, 77 not permitted, 78 configuration',
    '',
    "'lifeboot VERB --help' explains a verb; lifeboot(8) explains it all.",
    '',
  ].join('\n');
}

/** One verb: how to call it, what it does, its flags, an example. */
export function formatVerbHelp(verb: VerbName): string {
  const { usage, flags } = specOf(verb);
  const { summary, details, example } = VERB_HELP[verb];
  const [first = '', ...others] = usage;
  return [
    `lifeboot ${verb}: ${summary}`,
    '',
    `usage: lifeboot ${first}`,
    ...others.map((line) => `       lifeboot ${line}`),
    '',
    ...(details.length === 0 ? [] : [...details, '']),
    ...formatFlags([...flags, ...GLOBAL_FLAGS]),
    '',
    `example: ${example.command}`,
    `         ${example.does}`,
    '',
  ].join('\n');
}

function formatFlags(names: readonly FlagName[]): string[] {
  const width = Math.max(...names.map((name) => formatFlag(name).length)) + 2;
  return names.map((name) => `  ${formatFlag(name).padEnd(width)}${FLAGS[name].text}`);
}
