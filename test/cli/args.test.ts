/** Arguments: what is understood, and that everything else is refused before anything happens. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import manifest from '../../package.json' with { type: 'json' };
import { parseArgs } from '../../src/cli/args.ts';
import { FLAG_NAMES, formatFlag } from '../../src/cli/flags.ts';
import { formatHelp, formatVerbHelp } from '../../src/cli/help.ts';
import { VERB_HELP } from '../../src/cli/verb-help.ts';
import { specOf, VERB_NAMES } from '../../src/cli/verb-specs.ts';
import { BootError } from '../../src/core/errors.ts';
import { VERSION } from '../../src/core/version.ts';
import { spec } from '../support/spec.ts';

function parse(line: string): unknown {
  const request = parseArgs('lifeboot', line.split(' '));
  return request.ask === 'run' ? request.command : request;
}

function refusal(words: readonly string[]): string {
  try {
    parseArgs('lifeboot', words);
  } catch (error) {
    assert.ok(error instanceof BootError, String(error));
    assert.equal(error.code, 'USAGE');
    return `${error.message} | ${error.hint ?? ''}`;
  }
  return 'accepted';
}

spec('parseArgs()', {
  'understands each verb': () => {
    assert.deepEqual(parse('status --json'), { verb: 'status', json: true });
    assert.deepEqual(parse('--json status'), { verb: 'status', json: true });
    assert.deepEqual(parse('switch b --once'), { verb: 'switch', slot: 'b', once: true, dryRun: false });
    assert.deepEqual(parse('rollback --dry-run'), { verb: 'rollback', dryRun: true });
    assert.deepEqual(parse('mark good'), { verb: 'mark', health: 'good', slot: null, normal: false, dryRun: false });
    assert.deepEqual(parse('mark bad b --reason x=y'), {
      verb: 'mark',
      health: 'bad',
      slot: 'b',
      reason: 'x=y',
      dryRun: false,
    });
    assert.deepEqual(parse('reset-attempts'), { verb: 'reset-attempts', slot: null, dryRun: false });
    assert.deepEqual(parse('confirm --wait'), { verb: 'confirm', wait: true, stopped: false, dryRun: false });
    assert.deepEqual(parse('tunnel'), { verb: 'tunnel', action: 'run', json: false, dryRun: false });
    assert.deepEqual(parse('tunnel check --json'), { verb: 'tunnel', action: 'check', json: true, dryRun: false });
    assert.deepEqual(parse('proof --echo'), { verb: 'proof', nonce: null, dryRun: false });
    assert.deepEqual(parse('proof 007'), { verb: 'proof', nonce: '007', dryRun: false });
    assert.deepEqual(parse('boot'), { verb: 'boot', root: '/sysroot', dryRun: false });
    assert.deepEqual(parse('state init --good a'), {
      verb: 'state',
      action: 'init',
      good: 'a',
      force: false,
      dryRun: false,
    });
    assert.deepEqual(parse('state set order 007,1e5'), {
      verb: 'state',
      action: 'set',
      key: 'order',
      value: '007,1e5',
      dryRun: false,
    });
  },
  'takes --config and --state anywhere': () => {
    for (const line of ['--config c --state s log', 'log --config=c --state=s']) {
      const request = parseArgs('lifeboot', line.split(' '));
      assert.ok(request.ask === 'run');
      assert.deepEqual([request.configFile, request.statePath], ['c', 's']);
    }
  },
  'behaves as lifeboot bootctl when called by that name': () => {
    const request = parseArgs('/usr/bin/bootctl', ['get-suffix', '0']);
    assert.ok(request.ask === 'run');
    assert.deepEqual(request.command, { verb: 'bootctl', words: ['get-suffix', '0'] });
  },
  'answers help and version wherever they stand': () => {
    assert.deepEqual(parse('--help'), { ask: 'help', topic: null });
    assert.deepEqual(parse('-h'), { ask: 'help', topic: null });
    assert.deepEqual(parse('switch --help'), { ask: 'help', topic: 'switch' });
    assert.deepEqual(parse('help mark'), { ask: 'help', topic: 'mark' });
    assert.deepEqual(parse('status --version'), { ask: 'version' });
  },
  'refuses unknown flags first, also when an unknown verb is there': () => {
    assert.equal(refusal(['--jsn', 'status']), "unknown flag '--jsn' | did you mean '--json'?");
    assert.equal(refusal(['stats', '--dryrun']), "unknown flag '--dryrun' | did you mean '--dry-run'?");
    assert.equal(refusal(['status', '-x']), "unknown flag '-x' | lifeboot --help lists the flags");
  },
  'refuses the flags that minimist would let through': () => {
    for (const flag of ['--constructor', '--toString', '--__proto__', '--no-json', '--json.x', '-json', '---json']) {
      assert.match(refusal(['status', flag]), /^unknown flag /, flag);
    }
    assert.equal(refusal(['status', '--json=false']), "'--json' takes no value, found '--json=false' | ");
  },
  'refuses values that are missing, empty or given twice': () => {
    assert.equal(refusal(['status', '--config']), "'--config' needs a value | ");
    assert.equal(refusal(['--config', '--json', 'status']), "'--config' needs a value | ");
    assert.equal(refusal(['status', '--config=']), "'--config' needs a value | ");
    assert.equal(refusal(['status', '--config=a', '--config=b']), "'--config' was given more than once | ");
    assert.equal(refusal(['switch', '']), 'an argument is empty | ');
  },
  'refuses unknown verbs with a suggestion': () => {
    assert.equal(refusal(['stauts']), "unknown verb 'stauts' | did you mean 'status'?");
    assert.equal(refusal(['rolback']), "unknown verb 'rolback' | did you mean 'rollback'?");
    assert.equal(refusal(['constructor']), "unknown verb 'constructor' | lifeboot --help lists the verbs");
    assert.equal(refusal([]), 'no verb given | lifeboot --help lists the verbs');
    assert.equal(refusal(['mark', 'godo']), "'mark' does not know 'godo' | did you mean 'mark good'?");
  },
  'refuses flags of other verbs and words that are too many': () => {
    assert.equal(refusal(['status', '--once']), "'status' does not take '--once' | --once goes with: switch");
    assert.match(refusal(['mark', 'bad', '--normal']), /^'mark bad' does not take '--normal'/);
    assert.match(refusal(['state', 'show', '--force']), /^'state show' does not take '--force'/);
    assert.match(refusal(['switch', 'a', 'b']), /^'switch' does not take 'b' \| usage: lifeboot switch SLOT/);
    assert.match(refusal(['switch']), /^'switch' needs more words/);
    assert.match(refusal(['confirm', '--wait', '--stopped']), /exclude each other/);
  },
  'has an answer for any words: a request, or a usage error with one of the known codes': () => {
    const words = [
      ...VERB_NAMES,
      ...FLAG_NAMES.map((name) => `--${name}`),
      'a',
      'b',
      'good',
      'bad',
      'init',
      'set',
      '--',
      '-h',
    ];
    const word = fc.oneof(
      fc.constantFrom(...words),
      fc.string({ maxLength: 6 }),
      fc.constantFrom('__proto__', '--__proto__.x=1'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          assert.ok(['help', 'version', 'run'].includes(parseArgs('lifeboot', argv).ask));
        } catch (error) {
          assert.ok(error instanceof BootError && error.code === 'USAGE', `${JSON.stringify(argv)}: ${String(error)}`);
        }
      }),
      { numRuns: 3000 },
    );
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  },
  'refuses what cannot be a slot name': () => {
    for (const word of ['A', '0', 'a/b', '../a', 'a b', '-'])
      assert.match(refusal(['switch', word]), /is no slot name/);
    assert.match(refusal(['state', 'init', '--good', 'A']), /is no slot name/);
  },
});

spec('formatHelp()', {
  'names every verb, and each verb every flag and an example that parses': () => {
    for (const verb of VERB_NAMES) {
      assert.ok(formatHelp().includes(`\n  ${verb} `), verb);
      const text = formatVerbHelp(verb);
      for (const flag of specOf(verb).flags) assert.ok(text.includes(`  ${formatFlag(flag)} `), `${verb} ${flag}`);
      const { command } = VERB_HELP[verb].example;
      assert.ok(text.includes(command), verb);
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
      assert.equal(words[0], 'lifeboot');
      assert.equal(parseArgs('lifeboot', words.slice(1)).ask, 'run', command);
    }
  },
  'leaves no flag without a verb, and fits 110 columns': () => {
    const all = [formatHelp(), ...VERB_NAMES.map((verb) => formatVerbHelp(verb))].join('\n');
    for (const flag of FLAG_NAMES) assert.ok(all.includes(`--${flag}`), flag);
    for (const line of all.split('\n')) assert.ok(line.length <= 118, line);
  },
  'has the version of the package': () => {
    assert.equal(VERSION, manifest.version);
  },
});
