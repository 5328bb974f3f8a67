/** `lifeboot install`: the order of its steps, what is refused before which, and what it says. */
import assert from 'node:assert/strict';
import type { Ports } from '../../src/app/ports.ts';
import { BootError } from '../../src/core/errors.ts';
import { runLine } from '../support/fake-io.ts';
import { fakeLayers } from '../support/fake-layers.ts';
import {
  bootInfo,
  CONFIG_TEXT,
  type FakeSetup,
  fakeNode,
  goodSlot,
  someState,
  trialSlot,
} from '../support/fake-ports.ts';
import { fakeRepairs, type RepairSetup } from '../support/fake-repairs.ts';
import { spec } from '../support/spec.ts';
import { HOLDS } from '../support/try-repair.ts';

interface Outside extends RepairSetup {
  /** Beside the image; default: there is one. */
  readonly signature?: string | null;
  readonly verifyFails?: BootError;
  readonly signerFails?: BootError;
  readonly fetchFails?: BootError;
}

const URL_LINE = 'install https://example.org/os.ext4';

function tryInstall(line: string, outside: Outside = {}, setup: FakeSetup = {}) {
  const node = fakeNode({ info: bootInfo(), holds: HOLDS, ...setup });
  const steps: string[] = [];
  const { signature = '/data/x.sig' } = outside;
  const incoming: Ports['incoming'] = {
    find: ({ path }) => ({ image: path, signature }),
    fetchSignature(source) {
      steps.push(`fetch ${source.signature}`);
      return signature;
    },
    requireSigner() {
      steps.push('require signer');
      if (outside.signerFails !== undefined) throw outside.signerFails;
    },
    fetchImage({ url }, maxBytes) {
      steps.push(`fetch ${url}, at most ${maxBytes >> 20} MiB`);
      if (outside.fetchFails !== undefined) throw outside.fetchFails;
      return '/data/x.img';
    },
    discard: () => void steps.push('discard'),
    verify(image, { signers }) {
      steps.push(`verify ${image} by ${signers}`);
      if (outside.verifyFails !== undefined) throw outside.verifyFails;
      return 'release@example.org';
    },
  };
  const repairs = fakeRepairs(outside, steps);
  const lock = { hold: <T>(work: () => T): T => work() };
  const layers = fakeLayers().store;
  const ports = { ...node.ports, repairs, repairLock: lock, installLock: lock, layersLock: lock, layers, incoming };
  const ran = runLine(line, { ...node, ports });
  return { ...ran, steps, b: node.state().slots['b'], order: node.state().order, saves: node.saves.length };
}

spec('install', {
  'fetches, checks the signature, writes, chooses the slot, and deletes what was fetched, in this order': () => {
    const { code, steps, b, order, out } = tryInstall(URL_LINE);
    assert.equal(code, 0, out);
    assert.deepEqual(steps, [
      'fetch https://example.org/os.ext4.sig',
      'require signer',
      'fetch https://example.org/os.ext4, at most 32 MiB',
      'verify /data/x.img by /etc/lifeboot/allowed_signers',
      'open /data/x.img -> /dev/vda3',
      'clearHead',
      'writeBody',
      'checkBody',
      'writeHead',
      'close',
      'discard',
    ]);
    assert.deepEqual([b?.health, b?.attempts, b?.deployment?.id, order[0]], ['trial', 0, 'b-new', 'b']);
    assert.match(b?.reason ?? '', /^written anew from 'https:\/\/example.org\/os.ext4' \(/);
    assert.match(out, /^fetch 'https:\/\/example\.org\/os\.ext4'$/m);
    assert.match(out.replace(/\s+/g, ' '), /note: 'https:\S+' is signed by 'release@example.org'/);
    assert.match(out, /next: slot b is chosen: trial, 0 of 3 attempts used/);
  },
  'takes a file, and a slot by name': () => {
    const { code, steps, order } = tryInstall('install /srv/os.ext4 --slot b');
    assert.deepEqual(
      [code, steps[0], steps.at(-1), order[0]],
      [0, 'verify /srv/os.ext4 by /etc/lifeboot/allowed_signers', 'close', 'b'],
    );
  },
  'writes nothing without a signature that holds': () => {
    const none = tryInstall('install /srv/os.ext4', { signature: null });
    assert.deepEqual([none.code, none.steps, none.saves], [65, [], 0]);
    assert.match(
      none.err,
      /'\/srv\/os\.ext4' has no signature\nhint: sign it with 'ssh-keygen -Y sign -n lifeboot-image/,
    );
    const bad = new BootError('CONTENT', 'it is not the image that was signed');
    const wrong = tryInstall(URL_LINE, { verifyFails: bad });
    assert.deepEqual([wrong.code, wrong.saves, wrong.steps.at(-1)], [65, 0, 'discard']);
  },
  'fetches no image whose signature could not count': () => {
    const none = tryInstall(URL_LINE, { signature: null });
    assert.deepEqual([none.code, none.steps], [65, ['fetch https://example.org/os.ext4.sig']]);
    const stranger = tryInstall(URL_LINE, { signerFails: new BootError('BAD_DATA', 'of no signer') });
    assert.deepEqual([stranger.code, stranger.steps.at(-1)], [65, 'require signer']);
  },
  'writes nothing over the other system when the running one is what the image holds': () => {
    const running = someState({ a: goodSlot('b-new'), b: goodSlot('aaaa', { provenAt: '2020-01-01T00:00:00Z' }) });
    const same = tryInstall(URL_LINE, {}, { state: running });
    assert.deepEqual(
      [same.code, same.saves, same.steps.includes('clearHead'), same.steps.at(-1)],
      [2, 0, false, 'discard'],
    );
    assert.match(same.out, /is what runs already, so\s+nothing is written/);
  },
  'is no command for the recovery slot': () => {
    const { code, err, steps } = tryInstall(`${URL_LINE} --slot r`);
    assert.deepEqual([code, steps], [1, []]);
    assert.match(err, /is a recovery slot[\s\S]*hint: 'lifeboot repair r --from IMAGE'/);
  },
  'keeps secrets of an address out of what is shown and recorded': () => {
    const { out, b } = tryInstall('install https://me:secret@example.org/os.ext4?token=secret');
    assert.doesNotMatch(`${out}${b?.reason}`, /secret/);
  },
  'keeps what was fetched when it is not the image that is at fault': () => {
    for (const code of ['REFUSED', 'UNAVAILABLE', 'BAD_DATA'] as const) {
      const { steps } = tryInstall(URL_LINE, { verifyFails: new BootError(code, 'x') });
      assert.equal(steps.includes('discard'), false, code);
    }
    assert.equal(tryInstall(URL_LINE, { fetchFails: new BootError('IO', 'x') }).steps.includes('discard'), false);
    assert.equal(tryInstall(URL_LINE, { failsAt: 'checkBody' }).steps.includes('discard'), false);
  },
  'takes an unsigned image where the configuration says so, and checks a signature that is there all the same': () => {
    const config = `${CONFIG_TEXT}\n[install]\nunsigned = true\n`;
    const none = tryInstall('install /srv/os.ext4', { signature: null }, { config });
    assert.equal(none.code, 0, none.err);
    assert.match(none.out.replace(/\s+/g, ' '), /is not signed: \[install\] unsigned = true allows that/);
    const bad = new BootError('CONTENT', 'the signature does not hold');
    assert.deepEqual(tryInstall('install /srv/os.ext4', { verifyFails: bad }, { config }).code, 65);
  },
  'refuses the running slot and the way back before anything is fetched': () => {
    const running = tryInstall(`${URL_LINE} --slot a`);
    assert.deepEqual([running.code, running.steps], [1, []]);
    assert.match(running.err, /slot 'a' is running/);
    const onTrial = { state: someState({ a: goodSlot('aaaa'), b: trialSlot('bbbb') }), info: bootInfo({ slot: 'b' }) };
    const none = tryInstall(URL_LINE, {}, onTrial);
    assert.deepEqual([none.code, none.steps], [1, []]);
    assert.match(none.err, /no slot is free for an image: a proved itself last, b runs/);
  },
  'leaves the order as it is when the write fails, and goes on from there': () => {
    const failed = tryInstall(URL_LINE, { failsAt: 'writeBody' });
    assert.deepEqual([failed.code, failed.b?.health, failed.order[0]], [74, 'empty', 'a']);
    const again = tryInstall(URL_LINE, {}, { state: failed.node.state() });
    assert.deepEqual([again.code, again.b?.health, again.order[0]], [0, 'trial', 'b']);
  },
  'chooses a slot that was written before the power went, and finds nothing to do the next time': () => {
    const written = someState({ b: trialSlot('b-new') }, { order: ['a', 'b', 'r'] });
    const chosen = tryInstall('install /srv/os.ext4', { isThere: true }, { state: written });
    assert.deepEqual([chosen.code, chosen.order[0], chosen.steps.includes('clearHead')], [0, 'b', false]);
    const again = tryInstall('install /srv/os.ext4', { isThere: true }, { state: chosen.node.state() });
    assert.deepEqual([again.code, again.saves], [2, 0]);
  },
  'says in a dry run what it would do, and does nothing': () => {
    const web = tryInstall(`${URL_LINE} --dry-run`);
    assert.deepEqual([web.code, web.steps, web.saves], [0, [], 0]);
    assert.match(web.out, /would change \(dry run, nothing is written\):\n {2}fetch 'https/);
    assert.match(web.out, /next: slot b is chosen: trial/);
    const file = tryInstall('install /srv/os.ext4 --dry-run');
    assert.deepEqual(
      [file.code, file.steps, file.saves],
      [0, ['verify /srv/os.ext4 by /etc/lifeboot/allowed_signers'], 0],
    );
    assert.match(file.out, /record slot b as empty[\s\S]*make slot b the first in the order/);
  },
  'refuses an image that could not be booted': () => {
    const trouble = { kind: 'content', why: 'no init in the root' } as const;
    const { code, err, steps } = tryInstall(URL_LINE, { sourceFacts: { init: { path: '/sbin/init', trouble } } });
    assert.deepEqual([code, steps.includes('clearHead')], [65, false]);
    assert.match(err, /'https:\/\/example\.org\/os\.ext4' could not be booted from slot 'b': init: /);
  },
});
