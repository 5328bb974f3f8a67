/** `lifeboot install FILE.btrfs`: which slot gets what came in, what is refused, and in which order it is written. */
import assert from 'node:assert/strict';
import type { Ports } from '../../src/app/ports.ts';
import { sha256 } from '../../src/core/root/base-id.ts';
import { deploymentId } from '../../src/core/store/deployment.ts';
import { NO_PAIR } from '../../src/core/store/pair.ts';
import type { FakeLayersSetup } from '../support/fake-layers.ts';
import { bootInfo, CONFIG_TEXT, type FakeSetup, goodSlot, someState, trialSlot } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { BASE, CHANGED, flat, trySnapshot } from '../support/try-snapshot.ts';

const STREAM = '/in/os.btrfs';
const ID = deploymentId(BASE, [{ digest: sha256(STREAM) }]);
const lock = { hold: <T>(work: () => T): T => work() };

function tryInstall(
  flags = '',
  setup: FakeSetup = {},
  stored: FakeLayersSetup = CHANGED,
  signature: string | null = 's',
) {
  const steps: string[] = [];
  const unused = (): never => assert.fail('not for a file');
  const incoming: Ports['incoming'] = {
    find: ({ path }) => ({ image: path, signature }),
    fetchSignature: unused,
    requireSigner: unused,
    fetchImage: unused,
    discard: unused,
    verify(image) {
      steps.push(`verify ${image}`);
      return 'release@example.org';
    },
  };
  const config = ['a', 'b'].reduce(
    (text, name) => text.replace(`[slots.${name}]`, `[slots.${name}]\nsubvolume = "@roots/base"`),
    CONFIG_TEXT,
  );
  const ports = { incoming, installLock: lock };
  return {
    ...trySnapshot(`install ${STREAM}${flags === '' ? '' : ` ${flags}`}`, { config, ...setup }, stored, ports),
    steps,
  };
}

spec('install of a send stream', {
  'checks the signature, receives, and gives the other slot that alone, on trial and first in the order': () => {
    const { code, out, err, layers, node, steps } = tryInstall();
    assert.equal(code, 0, err);
    assert.deepEqual(steps, [`verify ${STREAM}`]);
    assert.deepEqual(layers.calls, [`receive ${STREAM}`, `saveManifest ${ID.slice(0, 4)}`, 'savePair']);
    assert.deepEqual([layers.pair()?.slots, layers.pair()?.uppers], [{ b: ID }, { b: 1 }]);
    const { b } = node.state().slots;
    assert.deepEqual([b?.health, b?.attempts, b?.deployment?.id, b?.deployment?.base], ['trial', 0, ID, BASE]);
    assert.equal(node.state().order[0], 'b');
    assert.match(flat(out), /signed by 'release@example.org'/);
  },
  'receives nothing without a signature, into the running slot, the way back, the recovery slot or a locked one':
    () => {
      const taken = {
        ...{ active: 'a', inactive: 'b', writable: 'a', before: null, beforeUpper: null },
        ...{ bootId: 'x', at: null },
      };
      const proven = { state: someState({ a: goodSlot(BASE), b: trialSlot(BASE) }), info: bootInfo({ slot: 'b' }) };
      const locked: FakeLayersSetup = { ...CHANGED, pair: { ...NO_PAIR, taken } };
      const refusals: readonly (readonly [RegExp, ReturnType<typeof tryInstall>])[] = [
        [/has no signature/, tryInstall('', {}, CHANGED, null)],
        [/a runs/, tryInstall('--slot a')],
        [/a proved itself last/, tryInstall('--slot a', proven)],
        [/recovery slot/, tryInstall('--slot r')],
        [/locked by a snapshot/, tryInstall('', {}, locked)],
      ];
      for (const [message, { code, err, layers }] of refusals) {
        assert.notEqual(code, 0, String(message));
        assert.match(flat(err), message);
        assert.ok(!layers.calls.some((call) => call.startsWith('receive')), String(message));
      }
    },
  'writes nothing in a dry run': () => {
    const { code, out, layers, node } = tryInstall('--dry-run');
    assert.deepEqual([code, layers.calls, node.saves.length], [0, [], 0]);
    assert.match(flat(out), /give it to slot b, on trial/);
  },
  'leaves the slots as they were when the power goes before the pair is renamed': () => {
    const { layers, node } = tryInstall('', {}, { ...CHANGED, failsAt: 2 });
    assert.deepEqual([layers.pair(), node.saves.length], [null, 0]);
  },
});
