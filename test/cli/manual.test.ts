/** The manual says what the program does: every verb, flag, exit code and bootctl verb, and nothing that is not there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseArgs } from '../../src/cli/args.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { FLAG_NAMES, formatFlag, GLOBAL_FLAGS, isFlagName } from '../../src/cli/flags.ts';
import { isVerbName, specOf, VERB_NAMES, type VerbName } from '../../src/cli/verb-specs.ts';
import { runLine } from '../support/fake-io.ts';
import { spec } from '../support/spec.ts';

const manual = readFileSync(new URL('../../docs/lifeboot.8.md', import.meta.url), 'utf8');

/** The definition lines of the section on verbs: `switch` *SLOT* [`--once`] … */
function entries(): { verb: string; line: string }[] {
  const [, section = ''] = /\n## VERBS\n([\s\S]*?)\n## /.exec(manual) ?? [];
  const lines = section.split('\n').filter((line) => line.startsWith('`'));
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|, )`([a-z-]+)/g)].map((match) => ({ verb: match[1] ?? '', line })),
  );
}

function flagsIn(line: string): string[] {
  return [...line.matchAll(/--([a-z][a-z-]*)/g)].map((match) => match[1] ?? '');
}

spec('docs/lifeboot.8.md', {
  'has every verb with exactly its flags': () => {
    const documented = new Map<VerbName, Set<string>>();
    for (const { verb, line } of entries()) {
      assert.ok(isVerbName(verb), `there is no verb '${verb}'`);
      documented.set(verb, new Set([...(documented.get(verb) ?? []), ...flagsIn(line)]));
    }
    for (const verb of VERB_NAMES) {
      assert.deepEqual([...(documented.get(verb) ?? [])].sort(), [...specOf(verb).flags].sort(), verb);
    }
  },
  'explains every flag, and none that does not exist': () => {
    const [, section = ''] = /\n## FLAGS\n([\s\S]*?)\n## /.exec(manual) ?? [];
    for (const name of FLAG_NAMES) assert.ok(section.includes(`\`${formatFlag(name)}\``), name);
    for (const name of flagsIn(manual)) assert.ok(isFlagName(name), `--${name}`);
    for (const name of GLOBAL_FLAGS) assert.ok(section.includes(`\n\`${formatFlag(name)}\``), name);
  },
  'has every exit code': () => {
    const [, section = ''] = /\n## EXIT STATUS\n([\s\S]*?)\n## /.exec(manual) ?? [];
    const codes = [...section.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    assert.deepEqual(codes, Object.values(EXIT));
  },
  'has every verb of bootctl': () => {
    const usage = runLine('bootctl help').err;
    const verbs = [...usage.matchAll(/^ {2}([a-z-]+) /gm)].map((match) => match[1] ?? '');
    assert.equal(verbs.length, 12);
    for (const verb of verbs) assert.ok(manual.includes(`\`${verb}\``), verb);
  },
  'has examples that parse': () => {
    const [, section = ''] = /\n## EXAMPLES\n([\s\S]*?)\n## /.exec(manual) ?? [];
    const commands = [...section.matchAll(/lifeboot ((?:--)?[a-z][^&|;\n]*)/g)].map((match) => match[1] ?? '');
    const words = (command: string) =>
      [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
    const run = commands.filter((command) => /^(--config|[a-z-]+)/.test(command) && !command.includes('by itself'));
    assert.ok(run.length >= 4, String(run.length));
    for (const command of run) assert.equal(parseArgs('lifeboot', words(command)).ask, 'run', command);
  },
});
