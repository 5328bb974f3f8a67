/** The schemas of `bootconfig/schema/` against what the commands really print. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { countAttempt } from '../../src/core/boot/count-attempt.ts';
import { planBoot } from '../../src/core/boot/plan-boot.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { formatState } from '../../src/core/state/state-json.ts';
import { checkSchema } from '../support/check-schema.ts';
import { runLine } from '../support/fake-io.ts';
import {
  BOOT_ID,
  bootInfo,
  CONFIG_TEXT,
  NOW,
  someState,
  trialSlot,
  valid,
  whileRunning,
} from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

function load(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../bootconfig/schema/${name}.schema.json`, import.meta.url), 'utf8'));
}

function problems(name: string, text: string): string[] {
  return checkSchema(JSON.parse(text), load(name));
}

const empty = someState({
  a: trialSlot('', { health: 'empty', deployment: null }),
  b: trialSlot('', { health: 'empty', deployment: null }),
  r: trialSlot('', { health: 'empty', deployment: null }),
});
const SETUPS = [
  {},
  { info: bootInfo(), state: whileRunning(someState(), 'a') },
  { info: bootInfo({ slot: null, attempt: null, mode: 'fallback' as const }) },
  { reading: { kind: 'blank' as const, why: 'new' } },
  { state: empty },
  { config: '' },
];

spec('bootconfig/schema', {
  'describes status --json in every situation': () => {
    for (const setup of [...SETUPS, { reading: { kind: 'unreadable' as const, why: 'EIO' } }]) {
      assert.deepEqual(problems('status', runLine('status --json', setup).out), []);
    }
  },
  'describes plan --json in every situation, with every step that is planned': () => {
    for (const setup of SETUPS) assert.deepEqual(problems('plan', runLine('plan --json', setup).out), []);
    const config = `${CONFIG_TEXT}\n[[persist]]\npath = "/var"\n`;
    const { out } = runLine('plan --json', { config });
    assert.deepEqual(problems('plan', out), []);
    assert.ok(out.includes('bindPersistent'));
  },
  'describes log --json': () => {
    for (const setup of SETUPS) assert.deepEqual(problems('log', runLine('log --json', setup).out), []);
  },
  'describes the state as the boot stage writes it': () => {
    const { config } = parseConfig(CONFIG_TEXT, 'x');
    const facts = {
      config,
      forcedSlot: null,
      state: valid(someState()),
      stateUnwritable: null,
      bootId: BOOT_ID,
      now: NOW,
      bases: {},
      failures: [],
      evidence: null,
      notes: [],
    };
    const [, save] = planBoot(facts).steps;
    assert.ok(save?.do === 'saveState');
    assert.deepEqual(problems('state', formatState(save.state)), []);
    const candidate = { slot: 'b', mode: 'clean', turn: 'clean', why: '' } as const;
    const clean = countAttempt(save.state, candidate, facts, ['why']).state;
    assert.deepEqual(problems('state', formatState(clean)), []);
    assert.deepEqual(checkSchema(JSON.parse(runLine('state show --json').out).state, load('state')), []);
  },
  'describes boot.json, also what plain shell writes': () => {
    assert.deepEqual(problems('boot', JSON.stringify(bootInfo())), []);
    const shell = { bootId: BOOT_ID, slot: null, attempt: null, mode: 'fallback', degraded: ['x'], trace: [] };
    assert.deepEqual(problems('boot', JSON.stringify({ ...shell, timingsMs: { total: 0 } })), []);
    assert.deepEqual(problems('boot', JSON.stringify(shell)), ['$.timingsMs is missing']);
  },
  'finds what does not fit': () => {
    const report = JSON.parse(runLine('status --json', { info: bootInfo() }).out);
    report.slots.a.health = 'fine';
    delete report.booted.attempt;
    report.more = 1;
    assert.deepEqual(
      problems('status', JSON.stringify(report)).map((problem) => problem.slice(0, 30)),
      ['$.booted fits none: $.booted.a', '$.slots.a.health is "fine"', '$.more is not in the schema'],
    );
  },
});
