/** `lifeboot keep`, `switch NUMBER`, and how a kept snapshot shows up. */
import assert from 'node:assert/strict';
import { bootInfo, goodSlot, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import {
  BASE,
  CHANGED,
  flat,
  inNextBoot,
  LAYER,
  PROVEN,
  problems,
  TAKEN_ID,
  trySnapshot,
} from '../support/try-snapshot.ts';

const proven = { state: PROVEN };

spec('lifeboot keep', {
  'packs what runs, its upper included, and records it as proven by this boot': () => {
    const kept = trySnapshot('keep --description driver --user-data by=mara --user-data why=x=y --pin', proven);
    assert.equal(kept.code, 0, kept.err);
    assert.deepEqual(kept.layers.calls, ['seal a over base', `saveManifest ${TAKEN_ID.slice(0, 4)}`, 'saveSnapshot 1']);
    const { createdAt, proof, ...snapshot } = kept.layers.snapshots.get(1) ?? assert.fail('nothing is kept');
    assert.deepEqual(snapshot, {
      ...{ number: 1, type: 'single', preNumber: null, deployment: TAKEN_ID, slot: 'a', description: 'driver' },
      ...{ userData: { by: 'mara', why: 'x=y' }, cleanup: null, pinned: true },
    });
    assert.deepEqual([createdAt !== null, proof], [true, { at: '2026-11-20T08:00:00Z', level: 'loop' }]);
    const { s1 } = kept.node.state().slots;
    assert.deepEqual([s1?.health, s1?.provenId, s1?.snapshotOf, s1?.deployment?.base], ['good', TAKEN_ID, 'a', BASE]);
    const manifest = kept.layers.manifests.get(TAKEN_ID);
    assert.deepEqual([manifest?.sameAs, manifest?.parent], [BASE, BASE]);
    assert.deepEqual(kept.node.state().order, ['a', 'b', 'r']);
  },
  'is no candidate where this very boot has not proven itself, and says so': () => {
    const kept = trySnapshot('keep');
    assert.deepEqual([kept.code, kept.node.saves.length, kept.layers.snapshots.get(1)?.proof], [0, 0, null]);
    assert.match(flat(kept.out), /it was not proven, so no boot falls back to it: 'lifeboot switch 1' tries it/);
  },
  'makes no layer where nothing was written, and can keep a base alone': () => {
    const kept = trySnapshot('keep', proven, { uppers: { [`a-${BASE}`]: { content: '' } } });
    assert.deepEqual([kept.code, kept.layers.snapshots.get(1)?.deployment], [0, BASE], kept.err);
    assert.equal(kept.layers.manifests.size, 0);
    assert.equal(kept.then('switch 1', { state: someState({ a: goodSlot(BASE), b: goodSlot(BASE) }) }).code, 0);
  },
  'gives each a number of its own, also after the last was deleted': () => {
    const two = trySnapshot('keep', proven).then('keep --print-number');
    assert.equal(two.out, '2\n');
    const third = two.then('snapshot delete 2').then('keep --print-number');
    assert.equal(third.out, '2\n');
    const history = PROVEN.history.flatMap((record) => [{ ...record, slot: 's2' }, record]);
    const logged = two.then('snapshot delete 2', { state: { ...PROVEN, history } }).then('keep --print-number');
    assert.equal(logged.out, '3\n', logged.err);
  },
  'keeps what really runs while a snapshot is taken: the session, over what the slot had before': () => {
    const taken = trySnapshot('snapshot take', proven);
    const kept = taken.then('keep', { layers: { uppers: { [`a-${BASE}`]: { content: 'later' } } } });
    assert.equal(kept.code, 0, kept.err);
    const manifest = [...kept.layers.manifests.values()].find(({ layers }) => layers[0]?.digest !== LAYER);
    assert.deepEqual([manifest?.sameAs, manifest?.layers.length], [BASE, 1]);
    assert.deepEqual(kept.layers.snapshots.get(1)?.proof?.level, 'loop');
    assert.deepEqual(kept.layers.pair(), taken.layers.pair());
  },
  'keeps what another slot holds with --of, without what was written to it': () => {
    const taken = trySnapshot('snapshot take', proven);
    const kept = taken.then('keep --of b');
    assert.deepEqual([kept.code, kept.layers.snapshots.get(1)?.deployment], [0, TAKEN_ID], kept.err);
    assert.deepEqual(kept.layers.calls, ['saveSnapshot 1']);
    assert.equal(kept.layers.snapshots.get(1)?.proof, null);
    assert.equal(taken.then('keep --of a').layers.snapshots.get(1)?.proof?.level, 'loop');
    assert.deepEqual([taken.then('keep --of r').code, taken.then('keep --of x').code], [64, 64]);
  },
  'works in a kept snapshot that runs': () => {
    const first = trySnapshot('keep', proven);
    const info = bootInfo({ slot: 's1', deploymentId: TAKEN_ID });
    const layers = { uppers: { [`s1-${TAKEN_ID}`]: { content: 'more' } } };
    const kept = first.then('keep', { info, layers });
    assert.equal(kept.code, 0, kept.err);
    const second = kept.layers.snapshots.get(2);
    assert.deepEqual([second?.slot, kept.layers.manifests.get(second?.deployment ?? '')?.layers.length], ['a', 2]);
  },
  'marks the two sides of a change, and counts its packages': () => {
    const packages = {
      '/': new Map([['a', '2']]),
      '/view': new Map([
        ['a', '1'],
        ['b', '1'],
      ]),
    };
    const pre = trySnapshot('keep --type pre --cleanup number', proven);
    const file = { path: 'etc/x', change: 'added', from: null, to: 'file', what: [] } as const;
    const diff = { files: [file], packages: null, texts: {} };
    const layers = { packages, diff, uppers: { [`a-${BASE}`]: { content: 'changed' } } };
    const post = pre.then('keep --type post --pre 1', { layers });
    assert.equal(post.code, 0, post.err);
    const { preNumber, proof, deployment } = post.layers.snapshots.get(2) ?? assert.fail();
    assert.deepEqual([preNumber, proof], [1, null]);
    const manifest = post.layers.manifests.get(deployment);
    assert.deepEqual([manifest?.packages, manifest?.parent], [{ added: 0, changed: 1, removed: 1 }, TAKEN_ID]);
    assert.match(post.out, /\+0 ~1 −1 packages/);
    for (const line of ['keep --type post', 'keep --pre 1', 'keep --type post --pre 7', 'keep --type x', 'keep x']) {
      assert.equal(pre.then(line).code, 64, line);
    }
    assert.equal(trySnapshot('keep --user-data by').code, 64);
    assert.equal(trySnapshot('keep --description a --description b').code, 64);
  },
  'makes the two sides of a change that only wrote logs the same, so that cleanup finds them empty': () => {
    const pre = trySnapshot('keep --type pre --cleanup number', proven);
    const log = { path: 'var/log/dpkg.log', change: 'changed', from: 'file', to: 'file', what: ['content'] } as const;
    const diff = { files: [log], packages: null, texts: {} };
    const layers = { diff, uppers: { [`a-${BASE}`]: { content: 'logged' } } };
    const post = pre.then('keep --type post --pre 1 --cleanup number', { layers });
    assert.deepEqual([post.code, post.layers.snapshots.get(2)?.deployment], [0, TAKEN_ID], post.err);
    const compared = `compare a@${TAKEN_ID.slice(0, 4)} running(/data/upper/a-${BASE}/upper)@${BASE.slice(0, 4)}`;
    assert.deepEqual(post.layers.calls, [compared, 'saveSnapshot 2']);
    assert.match(post.out, /nothing has changed since snapshot 1/);
    assert.equal(post.then('unpin 1').code, 2);
    assert.match(flat(post.then('cleanup').out), /snapshot 2 is deleted: nothing changed between 1 and 2/);
  },
  'refuses where what runs is not kept, and writes nothing in a dry run': () => {
    const mode = { ...proven, info: bootInfo({ deploymentId: BASE, mode: 'clean' }) };
    for (const setup of [mode, { ...proven, info: bootInfo({ slot: 'r' }) }, { ...proven, info: null }]) {
      assert.equal(trySnapshot('keep', setup).code, 1);
    }
    assert.equal(trySnapshot('keep', proven, {}).code, 1);
    const dry = trySnapshot('keep --dry-run', proven);
    assert.deepEqual([dry.code, dry.layers.calls, dry.node.saves.length], [0, [], 0]);
    assert.match(dry.out, /pack what slot a has changed \(1 entries, 5 bytes\)/);
  },
  'leaves nothing that anybody names when the power goes': () => {
    for (const failsAt of [0, 1, 2]) {
      const cut = trySnapshot('keep', proven, { ...CHANGED, failsAt });
      assert.deepEqual([cut.code, cut.layers.snapshots.size, cut.node.saves.length], [74, 0, 0]);
    }
  },
});

spec('lifeboot switch NUMBER', {
  'boots a kept snapshot, also one that the boot state has not': () => {
    const kept = trySnapshot('keep');
    for (const line of ['switch 1', 'switch s1']) {
      const switched = kept.then(line);
      assert.deepEqual([switched.code, switched.node.state().order], [0, ['s1', 'a', 'b', 'r']], switched.err);
      assert.equal(switched.node.state().slots['s1']?.health, 'trial');
    }
    const once = trySnapshot('keep', proven).then('switch 1 --once');
    assert.deepEqual([once.node.state().oneShot, once.node.state().slots['s1']?.health], ['s1', 'good']);
    const damaged = { layers: { manifests: [] } };
    assert.equal(kept.then('switch 1', damaged).code, 65);
    assert.equal(kept.then('switch 2').code, 64);
    assert.deepEqual(kept.then('switch 1').then('switch a').node.state().order, ['a', 'b', 'r']);
  },
  'keeps snapshots apart from slots in status, why and bootctl': () => {
    const kept = trySnapshot('keep', proven);
    const shown = kept.then('status --json');
    const { slots, snapshots } = JSON.parse(shown.out);
    assert.deepEqual([Object.keys(slots), problems('status', shown)], [['a', 'b', 'r'], []]);
    assert.deepEqual([snapshots.s1.health, snapshots.s1.of, snapshots.s1.limit], ['good', 'a', 5]);
    assert.match(kept.then('status').out, /r \(recovery\).*\n.* s1 \(kept, of a\) +good/);
    const chosen = kept.then('switch 1');
    assert.equal(JSON.parse(chosen.then('status --json').out).next.slot, 's1');
    assert.deepEqual(problems('plan', chosen.then('plan --json')), []);
    assert.equal(chosen.then('bootctl get-number-slots').out, '2\n');
    assert.equal(chosen.then('bootctl get-active-boot-slot').out, '0\n');
    assert.match(chosen.then('why').out, /s1/);
    const running = inNextBoot(chosen, 'status', 's1');
    assert.match(running.out, /^\*> +s1/m);
  },
});

spec('lifeboot pin, unpin and snapshot delete NUMBER', {
  'protect a snapshot, and give it up': () => {
    const kept = trySnapshot('keep', proven);
    const pinned = kept.then('pin 1');
    assert.deepEqual([pinned.code, pinned.layers.snapshots.get(1)?.pinned, pinned.then('pin 1').code], [0, true, 2]);
    const refused = pinned.then('snapshot delete 1');
    assert.deepEqual([refused.code, refused.layers.snapshots.size], [1, 1]);
    assert.match(refused.err, /snapshot 1 is not deleted: it is pinned\nhint: 'lifeboot unpin 1' first/);
    const gone = pinned.then('unpin s1').then('snapshot delete 1');
    assert.deepEqual([gone.code, gone.layers.snapshots.size, gone.node.state().slots['s1']], [0, 0, undefined]);
    assert.deepEqual(gone.layers.calls.slice(0, 2), ['deleteSnapshot 1', `deleteManifest ${TAKEN_ID.slice(0, 4)}`]);
    assert.equal(gone.layers.layers.size, 0);
    for (const line of ['pin 2', 'snapshot delete 2', 'pin x', 'pin']) assert.equal(kept.then(line).code, 64, line);
  },
  'refuse what runs and what is chosen to boot': () => {
    const chosen = trySnapshot('keep', proven).then('switch 1');
    assert.match(chosen.then('snapshot delete 1').err, /it is chosen to boot/);
    assert.match(inNextBoot(chosen, 'snapshot delete 1', 's1').err, /it runs/);
    const dry = trySnapshot('keep', proven).then('snapshot delete 1 --dry-run');
    assert.deepEqual([dry.code, dry.layers.calls], [0, []]);
  },
});
