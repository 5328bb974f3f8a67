/** `lifeboot keep` on real mounts: what runs becomes a snapshot that boots, and shows what ran. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from '../../../src/app/ports.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { runLine } from '../../support/fake-io.ts';
import { BOOT_ID, bootInfo, type FakeNode, fakeNode, goodSlot, NOW, someState } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';
import { assemble, mountStack, type Stacked, withStack } from '../root/stacks.ts';

/** A node in memory around a store, bases and a running root that are real. */
function nodeOn({ node, base, id, recorded }: Stacked): FakeNode {
  const baseId = recorded.base ?? assert.fail('no base');
  const record = { bootId: BOOT_ID, slot: 'a', attempt: 1, mode: 'normal', startedAt: NOW, trace: [] } as const;
  const state = someState(
    { a: goodSlot(id, { deployment: { id, version: null, base: baseId } }), b: goodSlot(baseId) },
    { history: [{ ...record, outcome: 'proven', reason: null, proof: 'loop' }] },
  );
  const fake = fakeNode({
    ...{ state, info: bootInfo({ deploymentId: id }) },
    holds: { 'PARTLABEL=root-a': baseId, 'PARTLABEL=root-b': baseId },
  });
  const layers = makeLayerStore({
    ...{ runDir: node.runDir, sourceOf: () => ({ root: base }), runningSlot: () => null, systemRoot: node.newRoot },
    ...{ pid: 0, env: {}, become: (): never => assert.fail('it starts again') },
  });
  // The test has a mount namespace of its own already.
  const ports: Ports = {
    ...fake.ports,
    layers: { ...layers, ownMounts: () => undefined },
    layersLock: { hold: (work) => work() },
  };
  return { ...fake, ports };
}

spec('lifeboot keep, on real mounts', {
  'makes a snapshot that boots and shows what ran, and that diff, undo and delete know': () => {
    withStack(
      ['erofs'],
      () => ({ 'etc/layered': 'layered\n', 'etc/kept': 'kept\n' }),
      (stacked) => {
        const { node } = stacked;
        mountStack(stacked);
        assert.deepEqual(assemble(stacked), []);
        const etc = join(node.newRoot, 'etc');
        writeFileSync(join(etc, 'written'), 'written\n');
        rmSync(join(etc, 'kept'));
        const lifeboot = nodeOn(stacked);
        const line = (words: string) => runLine(words, lifeboot);
        const kept = line('keep --description works');
        assert.equal(kept.code, 0, kept.err);

        writeFileSync(join(etc, 'written'), 'later\n');
        const shown = line('diff 1 running --content');
        assert.match(
          shown.out,
          /\/etc: \+0 ~1 −0\n {2}~ \/etc\/written \(content\)\nother files: the same\n/,
          shown.err,
        );
        assert.match(shown.out, /\n-written\n\+later\n/);
        const between = line('diff a 1');
        assert.match(between.out, /\/etc: \+1 ~0 −1\n {2}− \/etc\/kept\n {2}\+ \/etc\/written\n/);
        assert.match(line('snapshot list').out, /^1 +single .* works/m);
        assert.equal(line('undo 1 running /etc/written').code, 0);
        assert.equal(readFileSync(join(etc, 'written'), 'utf8'), 'written\n');

        const { s1 } = lifeboot.state().slots;
        assert.deepEqual([s1?.health, s1?.snapshotOf], ['good', 'a']);
        node.builder.release();
        const base = node.mountBase(stacked.base).deployment;
        const request = { slot: 's1', base, recorded: s1?.deployment ?? null, isClean: false };
        const found = node.builder.mountLayers({
          ...request,
          device: stacked.device,
          removable: false,
          waitSeconds: 0,
        });
        assert.equal(found.stack?.deployment.id, s1?.deployment?.id);
        const upper = { kind: 'persistent', upperId: `s1-${s1?.deployment?.id}`, device: stacked.device } as const;
        node.builder.mountUpper({ ...upper, size: '25%', waitSeconds: 0 });
        node.builder.assemble();
        assert.equal(readFileSync(join(etc, 'written'), 'utf8'), 'written\n');
        assert.throws(() => readFileSync(join(etc, 'kept')));
        const gone = line('snapshot delete 1');
        assert.deepEqual([gone.code, line('diff 1 a').code], [0, 64], gone.err);
      },
    );
  },
});
