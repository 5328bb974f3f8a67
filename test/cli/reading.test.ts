/** `why`, `plan` and `log`: they read, explain and never write. */
import assert from 'node:assert/strict';
import { runLine } from '../support/fake-io.ts';
import { BOOT_ID, bootInfo, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const old = {
  bootId: 'f'.repeat(32),
  slot: 'b',
  attempt: 3,
  mode: 'normal',
  outcome: 'no-tunnel',
  reason: 'the server did not answer',
  startedAt: '2026-11-21T21:40:00Z',
  proof: null,
  trace: ['slot b is chosen: trial, 2 of 3 attempts used'],
} as const;
const state = someState(
  { b: trialSlot('bbbb', { health: 'bad', reason: 'no proof in 3 attempts' }) },
  { history: [old] },
);

spec('why', {
  'tells why this boot was chosen, its verdict, and the last of each slot': () => {
    const running = whileRunning(state, 'a');
    const { code, out } = runLine('why', { state: running, info: bootInfo() });
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        'this boot: slot a, attempt 1',
        '  - slot a is chosen: good, 0 of 5 attempts used',
        'verdict: no verdict yet',
        '',
        'the slots',
        '  a is good; its last boot, at 2026-11-21T22:10:05Z, ended as running',
        '  b is bad: no proof in 3 attempts; its last boot, at 2026-11-21T21:40:00Z,',
        '  ended as no-tunnel: the server did not answer',
        '  r is good; no boot of it is recorded',
        '',
      ].join('\n'),
    );
  },
  'explains the last recorded boot where the running one is not known': () => {
    const { out } = runLine('why', { state });
    assert.match(out, /^the last recorded boot: slot b, attempt 3\n {2}- slot b is chosen: trial/);
    assert.match(out, /verdict: no-tunnel: the server did not answer/);
  },
  'takes the verdict from this boot when the record has none': () => {
    const verdict = { outcome: 'no-tunnel', reason: 'no route', at: null };
    const { verdict: told } = JSON.parse(runLine('why --json', { info: bootInfo(), verdict }).out);
    assert.deepEqual(told, { outcome: 'no-tunnel', reason: 'no route' });
  },
  'still tells what this boot knows when the state is gone': () => {
    const ran = runLine('why', { reading: { kind: 'corrupt', why: 'both records' }, info: bootInfo() });
    assert.equal(ran.code, 0);
    assert.match(ran.out, /note: the boot state is corrupt: both records/);
    assert.match(ran.out, /slot a is chosen/);
  },
});

spec('log', {
  'lists past boots as a table, newest last': () => {
    const { out } = runLine('log', { state: whileRunning(state, 'a') });
    assert.equal(
      out,
      [
        'started               slot  attempt  outcome    proof  reason',
        '2026-11-21T21:40:00Z  b     3        no-tunnel  -      the server did not answer',
        '2026-11-21T22:10:05Z  a     1        running    -',
        '',
      ].join('\n'),
    );
  },
  'puts a reason that does not fit below its row': () => {
    const reason =
      'no tunnel by the deadline: the server did not answer within 15 s, and the near end refused the login';
    const long = { ...state, history: [{ ...old, reason }] };
    for (const isTerminal of [false, true]) {
      const lines = runLine('log', { state: long }, { isTerminal }).out.split('\n');
      assert.match(lines[1] ?? '', /no-tunnel\S* +-$/);
      assert.deepEqual(lines.slice(2), [
        '    no tunnel by the deadline: the server did not answer within 15 s, and the',
        '    near end refused the login',
        '',
      ]);
    }
  },
  'gives scripts the same': () => {
    const entries = JSON.parse(runLine('log --json', { state: whileRunning(state, 'a') }).out);
    assert.deepEqual(
      entries.map((entry: { bootId: string; outcome: string }) => [entry.bootId, entry.outcome]),
      [
        [old.bootId, 'no-tunnel'],
        [BOOT_ID, 'running'],
      ],
    );
    assert.ok(!('trace' in entries[0]));
  },
  'is empty on a new node, and fails when there is no state to read': () => {
    assert.equal(runLine('log --json', { reading: { kind: 'blank', why: '' } }).out, '[]\n');
    assert.equal(runLine('log', { reading: { kind: 'absent', why: 'gone' } }).code, 69);
    assert.equal(runLine('log', { reading: { kind: 'corrupt', why: 'x' } }).code, 65);
  },
});

spec('plan', {
  'lists steps and reasons without a write': () => {
    const ran = runLine('plan', { state });
    assert.deepEqual([ran.code, ran.node.saves.length, ran.node.locks()], [0, 0, 0]);
    assert.equal(ran.out.split('\n')[0], 'the next boot enters slot a');
    assert.match(ran.out, /^ {2}2\. save the state: slot a: attempt 1$/m);
    assert.match(ran.out, /^ {2}- slot a is chosen: good, 0 of 5 attempts used$/m);
  },
  'gives scripts slot, steps and trace': () => {
    const plan = JSON.parse(runLine('plan --json', { state }).out);
    assert.deepEqual(Object.keys(plan), ['slot', 'steps', 'trace']);
    assert.deepEqual(
      plan.steps.slice(0, 2).map((step: { do: string }) => step.do),
      ['mountBase', 'saveState'],
    );
  },
  'says that the running boot is taken as cut': () => {
    const { trace } = JSON.parse(
      runLine('plan --json', { state: whileRunning(someState(), 'b'), info: bootInfo() }).out,
    );
    assert.equal(trace[0], 'slot b runs and has no verdict yet: this is for a power cut now');
    assert.ok(!runLine('plan', { state: whileRunning(someState(), 'b') }).out.includes('power cut'));
  },
  'has a plan when nothing can be booted': () => {
    const empty = Object.fromEntries(
      ['a', 'b', 'r'].map((name) => [name, trialSlot('', { health: 'empty', deployment: null })]),
    );
    const { out } = runLine('plan', { state: someState(empty) });
    assert.match(out, /^the next boot enters no slot\n[\s\S]*enter rescue/);
  },
});
