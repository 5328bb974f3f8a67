/** The command line as a whole: exit codes, errors, who may do what, and that nothing is written without need. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runLine } from '../support/fake-io.ts';
import { bootInfo, goodSlot, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const WRITING = ['switch b', 'rollback', 'mark good', 'mark bad b', 'reset-attempts'];

spec('runCli()', {
  'answers help, version and usage errors without building an adapter': () => {
    for (const [line, code] of [
      ['--help', 0],
      ['switch --help', 0],
      ['--version', 0],
      ['', 64],
      ['stauts', 64],
      ['status --jsn', 64],
      ['switch B', 64],
    ] as const) {
      const ran = runLine(line);
      assert.equal(ran.code, code, line);
      assert.deepEqual(ran.built, [], line);
      assert.equal(ran.out === '', code !== 0, line);
    }
    assert.equal(runLine('stauts').err, "lifeboot: unknown verb 'stauts'\nhint: did you mean 'status'?\n");
  },
  'says what to do about every error': () => {
    for (const line of [
      '',
      'x',
      'status --config=a --config=b',
      'switch x',
      'mark good',
      'rollback',
      'tunnel check',
      'switch B',
    ]) {
      const { err, code } = runLine(line, { state: someState({ r: trialSlot('r'), b: trialSlot('b') }) });
      assert.ok(code > 0, line);
      assert.match(err, /^lifeboot: .+\nhint: .+\n$/, line);
    }
  },
  'hands --config, --state and --root to the adapters': () => {
    assert.deepEqual(runLine('log --config c --state s').built, [{ configFile: 'c', statePath: 's', newRoot: null }]);
  },
  'refuses writing without root before anything is touched, except on a state file of the caller': () => {
    for (const line of WRITING) {
      const ran = runLine(line, { isRoot: false, info: bootInfo(), state: whileRunning(someState(), 'a') });
      assert.equal(ran.code, 77, line);
      assert.deepEqual([ran.node.saves.length, ran.node.locks(), ran.out], [0, 0, ''], line);
      assert.match(ran.err, /^lifeboot: only root may run 'lifeboot .*'\nhint: use sudo/);
    }
    assert.equal(runLine('switch b --state ./state.img', { isRoot: false }).code, 0);
    assert.equal(runLine('boot', { isRoot: false }).code, 77);
    assert.equal(runLine('status', { isRoot: false }).code, 0);
  },
  'writes once under the lock, and never in a dry run or when nothing changes': () => {
    const changed = runLine('switch b');
    assert.deepEqual([changed.code, changed.node.saves.length, changed.node.locks()], [0, 1, 1]);
    const dry = runLine('switch b --dry-run');
    assert.deepEqual([dry.code, dry.node.saves.length, dry.node.locks()], [0, 0, 0]);
    const same = runLine('switch a');
    assert.deepEqual([same.code, same.node.saves.length], [2, 0]);
    assert.equal(
      same.out,
      "nothing to change\nnote: cannot look into slot a, believing the records: no device\n      'PARTLABEL=root-a'\nnext: slot a is chosen: good, 0 of 5 attempts used\n",
    );
  },
  'reads again inside the lock': () => {
    const ran = runLine('switch b', { onLock: (write) => write(someState({ b: trialSlot('bbbb', { attempts: 2 }) })) });
    assert.match(ran.out, /slot b: attempts: 2 -> 0/);
  },
  'says what a dry run would change': () => {
    const ran = runLine('switch b --dry-run', { holds: { 'PARTLABEL=root-b': 'bbbb' } });
    assert.equal(
      ran.out,
      [
        'would change (dry run, nothing is written):',
        '  order: a, b, r -> b, a, r',
        'next: slot b is chosen: trial, 0 of 3 attempts used',
        '',
      ].join('\n'),
    );
  },
  'refuses to write with a configuration that is not in order, and shows each problem': () => {
    const config = '[slots.a]\nroot = "LABEL=a"\nrote = "x"\n[slots.b]\nroot = 7\n[upper]\nkind = "persistant"\n';
    for (const line of WRITING) {
      const ran = runLine(line, { config, info: bootInfo(), state: whileRunning(someState(), 'a') });
      assert.equal(ran.code, 78, line);
      assert.equal(ran.node.saves.length, 0);
      for (const key of ['slots.b.root', 'slots.a.rote', 'upper.kind']) assert.ok(ran.err.includes(key), ran.err);
    }
  },
  'has an exit code for each way in which the state is not to be had, and writes nothing then': () => {
    for (const [kind, code] of [
      ['blank', 69],
      ['absent', 69],
      ['corrupt', 65],
      ['tooNew', 65],
      ['unreadable', 74],
    ] as const) {
      const reading = { kind, why: 'because', major: 2 };
      for (const line of ['switch b', 'rollback', 'mark bad b', 'reset-attempts', 'mark good']) {
        const ran = runLine(line, { reading, info: bootInfo() });
        assert.deepEqual([ran.code, ran.node.saves.length], [code, 0], `${kind}: ${line}`);
        assert.match(ran.err, /because/);
      }
      assert.equal(runLine('status', { reading }).code, 3, kind);
      assert.equal(runLine('why', { reading }).code, 0, kind);
      assert.equal(runLine('plan', { reading }).code, 0, kind);
    }
  },
  'reports a save that failed as an I/O error': () => {
    assert.equal(runLine('switch b', { saveFails: true }).code, 74);
  },
  'calls its own faults internal': () => {
    const broken = (): never => {
      throw new RangeError('boom');
    };
    const ran = runLine('switch b', { onLock: broken });
    assert.equal(ran.code, 70);
    assert.match(ran.err, /hint: this is a fault in lifeboot/);
  },
});

spec('runCli() mark', {
  'marks the running trial good by hand, which is its verdict': () => {
    const state = whileRunning(someState({}, { order: ['b', 'a', 'r'] }), 'b');
    const ran = runLine('mark good', { state, info: bootInfo({ slot: 'b', deploymentId: 'bbbb' }) });
    const { b } = ran.node.state().slots;
    assert.deepEqual([ran.code, b?.health, b?.attempts, b?.proofLevel], [0, 'good', 0, 'manual']);
    assert.equal(ran.node.verdict()?.outcome, 'proven');
    const again = runLine('mark good b', ran.node);
    assert.deepEqual([again.code, again.node.saves.length], [2, 1]);
  },
  'finds nothing to change on a good slot': () => {
    const state = { ...whileRunning(someState(), 'a'), slots: someState().slots };
    const ran = runLine('mark good a', { state, info: bootInfo() });
    assert.deepEqual([ran.code, ran.node.saves.length], [2, 0]);
  },
  'refuses a slot that is not running, and a record of another boot': () => {
    const state = whileRunning(someState(), 'a');
    assert.equal(runLine('mark good b', { state, info: bootInfo() }).code, 65);
    assert.equal(runLine('mark good x', { state, info: bootInfo() }).code, 64);
    for (const info of [bootInfo({ bootId: 'f'.repeat(32) }), bootInfo({ slot: 'b' })]) {
      const ran = runLine('mark good', { state, info });
      assert.deepEqual([ran.code, ran.node.saves.length, ran.node.verdict()], [65, 0, null]);
    }
    assert.equal(runLine('mark good', { state, info: null }).code, 69);
    assert.equal(runLine('mark good', { state, info: bootInfo({ slot: null, mode: 'fallback' }) }).code, 69);
  },
  'marks a boot good whose attempt could not be saved, also on a medium that is blank by now': () => {
    const info = bootInfo({ slot: 'b', attemptSaved: false, deploymentId: 'bbbb' });
    assert.equal(runLine('mark good', { info }).node.state().slots['b']?.health, 'good');
    const blank = runLine('mark good', { info, reading: { kind: 'blank', why: 'new' } });
    assert.deepEqual([blank.code, blank.node.state().slots['b']?.health], [0, 'good']);
    const newer = runLine('mark good', { info, reading: { kind: 'tooNew', major: 2, why: 'new' } });
    assert.deepEqual([newer.code, newer.node.saves.length], [65, 0]);
  },
  'ends the mode clean with --normal': () => {
    const clean = goodSlot('aaaa', { mode: 'clean', attempts: 5, evidence: 'panic' });
    const state = whileRunning(someState({ a: clean }), 'a');
    const ran = runLine('mark good a --normal', { state, info: bootInfo({ mode: 'clean' }) });
    const { a } = ran.node.state().slots;
    assert.deepEqual([ran.code, a?.health, a?.mode, a?.attempts], [0, 'good', 'normal', 0]);
  },
  'marks bad with a reason, closes the open verdict, and drops a choice of that slot': () => {
    const state = { ...whileRunning(someState(), 'b'), oneShot: 'b' };
    const ran = runLine('mark bad --reason modem', { state, info: bootInfo({ slot: 'b' }) });
    const after = ran.node.state();
    assert.deepEqual([ran.code, after.slots['b']?.health, after.slots['b']?.reason], [0, 'bad', 'modem']);
    assert.deepEqual([after.current, after.oneShot, after.history.at(-1)?.outcome], [null, null, 'failed']);
    assert.equal(runLine('mark bad b', ran.node).code, 2);
    assert.equal(runLine('mark bad', { info: null }).code, 69);
    assert.equal(runLine('mark bad x').code, 64);
  },
});

spec('runCli() rollback and reset-attempts', {
  'goes back to the newest proof other than the running one': () => {
    const state = someState({
      a: goodSlot('aaaa', { provenAt: '2026-11-21T00:00:00Z' }),
      b: goodSlot('bbbb', { provenAt: '2026-11-20T00:00:00Z' }),
      r: goodSlot('rrrr', { provenAt: '2026-11-01T00:00:00Z' }),
    });
    const fromA = runLine('rollback', { state, info: bootInfo() });
    assert.deepEqual([fromA.code, fromA.node.state().order], [0, ['b', 'a', 'r']]);
    const fromB = runLine('rollback', { state, info: bootInfo({ slot: 'b' }) });
    assert.deepEqual([fromB.code, fromB.node.saves.length], [2, 0]);
    const fromOther = runLine('rollback', { state, info: null });
    assert.deepEqual(fromOther.node.state().order, ['b', 'a', 'r']);
  },
  'does not go back to a slot that was overwritten since, nor to one that is empty': () => {
    const over = goodSlot('bbbb', { health: 'bad', deployment: { id: 'cccc', version: null } });
    const empty = goodSlot('rrrr', { health: 'empty' });
    const ran = runLine('rollback', { state: someState({ b: over, r: empty }), info: bootInfo() });
    assert.deepEqual([ran.code, ran.node.saves.length], [69, 0]);
  },
  'resets one slot or all of them': () => {
    const state = someState({ a: goodSlot('aaaa', { attempts: 2 }), b: trialSlot('bbbb', { attempts: 3 }) });
    const one = runLine('reset-attempts b', { state }).node.state().slots;
    assert.deepEqual([one['a']?.attempts, one['b']?.attempts], [2, 0]);
    const all = runLine('reset-attempts', { state });
    assert.deepEqual([all.node.state().slots['a']?.attempts, all.node.saves.length], [0, 1]);
    assert.equal(runLine('reset-attempts').code, 2);
    assert.equal(runLine('reset-attempts x').code, 64);
  },
});

spec('exit codes', {
  'are documented in --help': () => {
    const source = readFileSync(new URL('../../src/cli/exit-codes.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^ {2}\w+: (\d+),$/gm)].map((match) => match[1]);
    assert.equal(codes.length, 11);
    const help = runLine('--help').out;
    for (const code of codes) assert.match(help, new RegExp(`\\b${code} `), code);
  },
});
