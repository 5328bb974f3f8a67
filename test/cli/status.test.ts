/** `lifeboot status`: what an operator sees, and what scripts get. */
import assert from 'node:assert/strict';
import { runLine } from '../support/fake-io.ts';
import { BOOT_ID, bootInfo, goodSlot, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const version = (id: string, text: string) => ({ deployment: { id, version: text } });
const afterFallback = someState({
  a: goodSlot('aaaa', { ...version('aaaa', 'Debian 12.7'), provenAt: '2026-11-20T08:00:00Z' }),
  b: trialSlot('bbbb', {
    health: 'bad',
    attempts: 3,
    reason:
      '3 attempts without a proof, while slot a proved itself; the last one: no tunnel by the deadline (server did not answer)',
  }),
  r: goodSlot('0123456789abcdef0123', { proofLevel: 'manual', provenAt: null }),
});

spec('status', {
  'shows slots, health, attempts, what runs, what is next and why, within 80 columns': () => {
    const running = whileRunning(afterFallback, 'a');
    const state = {
      ...running,
      history: running.history.map((record) => ({ ...record, outcome: 'proven' as const, proof: 'loop' as const })),
    };
    const { code, out } = runLine('status', { state, info: bootInfo() });
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        'W023 runs slot a, attempt 1: proven',
        `boot ${BOOT_ID}`,
        '',
        '    slot          health  attempts  last proven                   holds',
        '*>  a             good    1 of 5    2026-11-20T08:00:00Z  loop    Debian 12.7',
        '    b             bad     3 of 3    never                         bbbb',
        '    r (recovery)  good    0 of 5    clock not set         manual  0123456789ab',
        '',
        '  b: 3 attempts without a proof, while slot a proved itself; the last one: no',
        '     tunnel by the deadline (server did not answer)',
        '',
        'next: slot a is chosen: good, 1 of 5 attempts used',
        '',
      ].join('\n'),
    );
    for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
  },
  'uses colours only on a terminal and never with NO_COLOR': () => {
    const setup = { state: afterFallback };
    assert.ok(!runLine('status', setup).out.includes('\x1b'));
    const coloured = runLine('status', setup, { isTerminal: true }).out;
    assert.ok(coloured.includes('\x1b[31mbad\x1b[0m'));
    assert.ok(!runLine('status', setup, { isTerminal: true, noColor: '1' }).out.includes('\x1b'));
    const stripped = coloured.replaceAll(/\x1b\[[0-9]+m/g, '');
    assert.equal(stripped, runLine('status', setup).out);
    assert.ok(!runLine('status --json', setup, { isTerminal: true }).out.includes('\x1b'));
  },
  'gives scripts every key, with null for what is absent': () => {
    const { out } = runLine('status --json', { state: whileRunning(someState(), 'b'), info: bootInfo({ slot: 'b' }) });
    assert.deepEqual(JSON.parse(out), {
      booted: { slot: 'b', attempt: 1, bootId: BOOT_ID, proven: false, mode: 'normal' },
      next: { slot: 'a', reason: 'slot a is chosen: good, 0 of 5 attempts used' },
      order: ['a', 'b', 'r'],
      slots: {
        a: {
          health: 'good',
          attempts: 0,
          limit: 5,
          role: 'normal',
          reason: null,
          provenAt: '2026-11-20T08:00:00Z',
          proofLevel: 'loop',
          deployment: { id: 'aaaa', version: null },
          mode: 'normal',
        },
        b: {
          health: 'trial',
          attempts: 1,
          limit: 3,
          role: 'normal',
          reason: null,
          provenAt: null,
          proofLevel: null,
          deployment: { id: 'bbbb', version: null },
          mode: 'normal',
        },
        r: {
          health: 'good',
          attempts: 0,
          limit: 5,
          role: 'recovery',
          reason: null,
          provenAt: '2026-11-20T08:00:00Z',
          proofLevel: 'loop',
          deployment: { id: 'rrrr', version: null },
          mode: 'normal',
        },
      },
      snapshots: {},
      pending: [],
      degraded: [],
    });
    assert.equal(JSON.parse(runLine('status --json').out).booted, null);
  },
  'ends with 3 when degraded, and lists why': () => {
    const info = bootInfo({ degraded: ['the upper is tmpfs: no device'], mode: 'clean' });
    const ran = runLine('status', { info, degraded: ['the data partition is read-only'] });
    assert.equal(ran.code, 3);
    for (const text of ['the upper is tmpfs: no device', 'the data partition is read-only']) {
      assert.ok(ran.out.includes(`${text}`), text);
    }
    assert.match(ran.out, /^W023 runs slot a, attempt 1, mode clean: not proven$/m);
    assert.match(runLine('status', { info: bootInfo({ mode: 'clean' }) }).out, /^degraded: this is a clean boot/m);
  },
  'shows the verdict of a boot that is not proven': () => {
    const verdict = { outcome: 'no-tunnel', reason: 'the server did not answer', at: null };
    const { out } = runLine('status', { info: bootInfo(), verdict });
    assert.match(out, /: not proven\nboot [0-9a-f]{32}\nverdict: no-tunnel: the server did not answer\n\n/);
    assert.ok(
      !runLine('status', { info: bootInfo(), verdict: { ...verdict, outcome: 'proven' } }).out.includes('verdict'),
    );
  },
  'works after the plain-shell fallback': () => {
    const info = bootInfo({ slot: null, attempt: null, mode: 'fallback', degraded: ['lifeboot crashed'] });
    const { code, out } = runLine('status', { info });
    assert.equal(code, 3);
    assert.match(out, /^W023 runs a system of no slot \(fallback\): not proven$/m);
    const { booted } = JSON.parse(runLine('status --json', { info }).out);
    assert.deepEqual(booted, { slot: null, attempt: null, bootId: BOOT_ID, proven: false, mode: 'fallback' });
  },
  'calls health unknown when the state cannot be read, and still says what is next': () => {
    const ran = runLine('status --json', { reading: { kind: 'unreadable', why: 'EIO' } });
    const { slots, next, order, degraded } = JSON.parse(ran.out);
    assert.equal(ran.code, 3);
    assert.deepEqual([slots.a.health, slots.a.attempts, slots.r.role], ['unknown', null, 'recovery']);
    assert.deepEqual([next.slot, order, degraded], ['a', ['a', 'b', 'r'], ['EIO']]);
    assert.match(runLine('status', { reading: { kind: 'absent', why: 'gone' } }).out, /a +unknown +- +never/);
  },
  'shows problems of the configuration as degraded': () => {
    const { code, out } = runLine('status', { config: '[slots.a]\nroot = "LABEL=a"\nrote = 1\n' });
    assert.equal(code, 3);
    assert.match(out, /degraded: .*'slots\.a\.rote'/);
  },
});
