/** Layers in a boot: whose attempt it is, what stays proven, and what another slot must not inherit. */
import assert from 'node:assert/strict';
import { bootNode } from '../support/boot-node.ts';
import { goodSlot, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

spec('boot(), with layers', {
  'believes the recorded layers until the store was looked at: one write, and the proof is theirs': () => {
    const slot = goodSlot('layered', { deployment: { id: 'layered', version: null, base: 'aaaa' } });
    const { info, saves, events } = bootNode({ state: someState({ a: slot }) }, { layers: { a: { id: 'layered' } } });
    assert.deepEqual([saves.length, saves[0]?.slots['a']?.health, saves[0]?.slots['a']?.attempts], [1, 'good', 1]);
    assert.equal(info?.deploymentId, 'layered');
    assert.ok(events.indexOf('save') < events.indexOf('mountLayers a'), events.join(', '));
  },
  'counts anew for layers that nobody recorded, and mounts nothing twice': () => {
    const state = someState({ a: goodSlot('aaaa', { attempts: 3 }) });
    const { info, saves, events } = bootNode({ state }, { layers: { a: { id: 'layered' } } });
    const { health, attempts, deployment } = saves.at(-1)?.slots['a'] ?? {};
    assert.deepEqual([health, attempts, deployment?.id, deployment?.base], ['trial', 1, 'layered', 'aaaa']);
    assert.equal(info?.deploymentId, 'layered');
    assert.equal(events.filter((event) => event === 'mountLayers a' || event === 'mountBase a').length, 2);
    assert.ok(events.lastIndexOf('save') < events.indexOf('mountUpper a'), events.join(', '));
  },
  'keeps what was proven of the same files under another id': () => {
    const state = someState({ a: goodSlot('aaaa', { attempts: 3 }) });
    const { saves } = bootNode({ state }, { layers: { a: { id: 'layered', sameAs: 'aaaa' } } });
    const { health, attempts, deployment, provenId } = saves.at(-1)?.slots['a'] ?? {};
    assert.deepEqual([health, attempts, deployment?.id, provenId], ['good', 4, 'layered', 'layered']);
  },
  'writes once where another base was written and nobody has layers for it': () => {
    const state = someState({ a: goodSlot('layered', { deployment: { id: 'layered', version: null, base: 'old' } }) });
    const { saves } = bootNode({ state });
    const { health, deployment } = saves.at(-1)?.slots['a'] ?? {};
    assert.deepEqual([saves.length, health, deployment], [1, 'trial', { id: 'aaaa', version: null }]);
  },
  'leaves nothing of one slot under another that the layers have made the first': () => {
    const a = goodSlot('aaaa', { best: 'alive' });
    const state = someState(
      { a, b: goodSlot('bbbb', { best: 'alive' }) },
      { round: { number: 1, clean: [], recovery: [] } },
    );
    const { events, result } = bootNode({ state }, { layers: { a: { id: 'layered' } } });
    assert.deepEqual(result, { kind: 'entered', slot: 'b' });
    const [mounted, released, other] = ['mountLayers a', 'release a', 'mountBase b'].map((event) =>
      events.indexOf(event),
    );
    assert.ok((mounted ?? 0) < (released ?? 0) && (released ?? 0) < (other ?? 0), events.join(', '));
  },
  'takes another slot when the layers of one are gone': () => {
    const slot = goodSlot('layered', { deployment: { id: 'layered', version: null, base: 'aaaa' } });
    const state = someState({ a: slot, b: goodSlot('bbbb') });
    const { result, saves } = bootNode({ state }, { fail: { 'mountLayers a': 'ABSENT' } });
    assert.deepEqual(result, { kind: 'entered', slot: 'b' });
    assert.match(saves.at(-1)?.slots['a']?.reason ?? '', /^mountLayers failed/);
  },
});
