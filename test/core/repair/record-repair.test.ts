/** What repair records: while a slot is changed no boot enters it, afterwards it is a trial, findings stay short. */
import assert from 'node:assert/strict';
import { planNextBoot } from '../../../src/core/operate/next-boot.ts';
import { chooseExamined } from '../../../src/core/repair/choose-examined.ts';
import type { SlotReport } from '../../../src/core/repair/examine-slot.ts';
import {
  beginFixing,
  beginWriting,
  failFixing,
  failWriting,
  finishRepair,
  recordExamination,
} from '../../../src/core/repair/record-repair.ts';
import { type BootRecord, type BootState, withSlot } from '../../../src/core/state/state.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, good, NOW, stateOf, trial, valid } from '../../support/states.ts';

const state = stateOf({ a: good('a', { health: 'bad' }), b: trial('b'), r: { health: 'empty' } });
const deployment = { id: 'b-3', version: '3' };

/** Every slot that this and the following boots would enter, were each of them cut. */
function entered(from: BootState, oneShot: string | null = null): string[] {
  const seen: string[] = [];
  let now: BootState = { ...from, oneShot };
  for (let count = 0; count < 20; count += 1) {
    const plan = planNextBoot({ config: CONFIG, state: valid(now), forcedSlot: null, notes: [] });
    if (plan.slot !== null) seen.push(plan.slot);
    const save = plan.steps.find((step) => step.do === 'saveState');
    if (save === undefined) break;
    now = { ...save.state, current: null };
  }
  return [...new Set(seen)];
}

const report: SlotReport = {
  device: '/dev/vda3',
  fileSystem: 'ext4',
  deployment,
  soundness: 'damaged',
  remedy: 'write',
  findings: Array.from({ length: 9 }, (_, index) => ({
    level: 'fail',
    subject: `part ${index}`,
    found: 'x'.repeat(400),
    advice: 'write it',
  })),
};

function boot(slot: string, bootId: string, outcome: BootRecord['outcome']): BootRecord {
  return { bootId, slot, attempt: 1, mode: 'normal', outcome, reason: null, startedAt: null, proof: null, trace: [] };
}

spec('beginWriting()', {
  'keeps every boot out of the slot, also a chosen one, a clean one and a new round': () => {
    assert.deepEqual(entered(state), ['b', 'a'], 'b would be entered, and a in its clean boot');
    const { state: writing, notes } = beginWriting({ ...state, oneShot: 'b' }, 'b', 'slot a', NOW);
    assert.equal(writing.slots['b']?.health, 'empty');
    assert.equal(entered(writing).includes('b'), false);
    assert.equal(entered(writing, 'b').includes('b'), false);
    assert.deepEqual([writing.oneShot, notes.length], [null, 1]);
    assert.match(writing.slots['b']?.reason ?? '', /^slot a is being written into it \(2026-/);
  },
  'forgets what was proven there, and keeps what the operator and the hardware gave': () => {
    const device = { partuuid: 'p', serial: 's' };
    const before = withSlot(state, 'b', good('b', { limit: 7, device, evidence: 'panic', held: 'outage' }));
    const slot = beginWriting(before, 'b', 'slot a', NOW).state.slots['b'];
    assert.deepEqual(
      [slot?.provenId, slot?.provenAt, slot?.deployment, slot?.best, slot?.evidence, slot?.held],
      [null, null, null, 'nothing', null, null],
    );
    assert.deepEqual([slot?.limit, slot?.device], [7, device]);
  },
  'is read as empty by the codec of every 1.x release': () => {
    const parsed = parseState(formatState(beginWriting(state, 'b', 'slot a', NOW).state));
    assert.ok('state' in parsed && parsed.state.slots['b']?.health === 'empty');
  },
});

spec('finishRepair()', {
  'offers the slot as a trial with no attempts used; a failure leaves it empty': () => {
    const writing = beginWriting(withSlot(state, 'b', { attempts: 3 }), 'b', 'slot a', NOW).state;
    const slot = finishRepair(writing, 'b', { done: 'written anew from slot a', deployment, at: NOW }).state.slots['b'];
    assert.deepEqual([slot?.health, slot?.attempts, slot?.deployment?.id], ['trial', 0, 'b-3']);
    const failed = failWriting(writing, 'b', 'the medium garbles').state;
    assert.deepEqual(
      [failed.slots['b']?.health, failed.slots['b']?.reason],
      ['empty', 'writing it anew failed: the medium garbles'],
    );
    assert.equal(entered(failed).includes('b'), false);
  },
  'keeps a slot out of the order while its file system is repaired in place': () => {
    const next = planNextBoot({
      config: CONFIG,
      state: valid(beginFixing(state, 'b', NOW).state),
      forcedSlot: null,
      notes: [],
    });
    assert.notEqual(
      next.steps.find((step) => step.do === 'handOver')?.mode,
      'normal',
      'no slot is left for a normal boot',
    );
  },
});

spec('recordExamination()', {
  'keeps the first findings, each short enough for a small record': () => {
    const after = recordExamination(state, 'b', report, NOW).state;
    const found = after.slots['b']?.examined?.found ?? [];
    assert.equal(found.length, 4);
    assert.ok(found.every((text) => text.length <= 200));
    const parsed = parseState(formatState(after));
    assert.ok('state' in parsed);
    assert.deepEqual(parsed.state.slots['b']?.examined, after.slots['b']?.examined);
    const writing = beginWriting(after, 'b', 'slot a', NOW).state;
    assert.equal(writing.slots['b']?.examined, null, 'it is another content now');
  },
});

spec('chooseExamined()', {
  'takes what a fallback left behind, once for each boot that went wrong': () => {
    const history = [boot('a', '1', 'proven'), boot('b', '2', 'no-tunnel'), boot('a', '3', 'proven')];
    const left = stateOf({ a: good('a'), b: trial('b', { attempts: 3 }), r: {} }, { history });
    assert.deepEqual(chooseExamined(left, CONFIG, 'a'), ['b']);
    const seen = recordExamination(left, 'b', report, NOW).state;
    assert.deepEqual(chooseExamined(seen, CONFIG, 'a'), []);
    const again = { ...seen, history: [...history, boot('b', '4', 'cut')] };
    assert.deepEqual(chooseExamined(again, CONFIG, 'a'), ['b']);
  },
  'takes a slot whose repair was cut, whatever is recorded of it, and once': () => {
    const cut = beginWriting(stateOf({ a: good('a'), b: trial('b') }), 'b', 'slot a', NOW).state;
    assert.deepEqual(cut.pending, ['repair b']);
    assert.deepEqual(chooseExamined(cut, CONFIG, 'a'), ['b']);
    const looked = recordExamination(cut, 'b', report, NOW).state;
    assert.deepEqual([looked.pending, chooseExamined(looked, CONFIG, 'a')], [[], []]);
    assert.deepEqual(
      chooseExamined(beginFixing(looked, 'b', NOW).state, CONFIG, 'a'),
      ['b'],
      'looked at before or not',
    );
    for (const end of [
      failWriting(cut, 'b', 'x'),
      failFixing(cut, 'b', 'x'),
      finishRepair(cut, 'b', { done: '', deployment, at: NOW }),
    ]) {
      assert.deepEqual(end.state.pending, []);
    }
  },
  'takes neither the running slot, nor an empty one, nor one against which nothing speaks': () => {
    const bad = { health: 'bad', reason: 'x' } as const;
    const empty = { health: 'empty', evidence: 'panic' } as const;
    assert.deepEqual(chooseExamined(stateOf({ a: bad, b: bad, r: empty }), CONFIG, 'a'), ['b']);
    assert.deepEqual(chooseExamined(stateOf({ a: good('a'), b: trial('b') }), CONFIG, 'a'), []);
    assert.deepEqual(chooseExamined(stateOf({ a: good('a'), b: good('b', { evidence: 'panic' }) }), CONFIG, 'a'), [
      'b',
    ]);
  },
});
