/** Names, boot entries and files of OSTree, as its own programs write them. */
import assert from 'node:assert/strict';
import {
  commitOf,
  inBootOrder,
  isSysrootReadOnly,
  ostreeBootedFile,
  parseBootEntry,
  parseOstreeName,
} from '../../../src/core/root/ostree-name.ts';
import { spec } from '../../support/spec.ts';

const COMMIT = 'e7489082567465fa8ea209f037898be87e9f1fc8f1aa68f150fc9b569309e73a';

/** As `ostree admin deploy` of 2022.7 wrote it. */
const entry = (version: number, serial: number, stateroot = 'debian'): string =>
  [
    `title test (ostree:${serial})`,
    `version ${version}`,
    `options root=LABEL=x ostree=/ostree/boot.0/${stateroot}/${COMMIT}/${serial} rw`,
    'linux /ostree/debian-e748/vmlinuz-6.1',
    '',
  ].join('\n');

spec('parseOstreeName()', {
  'reads a stateroot, a number in the boot order, and one deployment': () => {
    assert.deepEqual(parseOstreeName('debian'), { stateroot: 'debian', fixed: null, index: 0 });
    assert.deepEqual(parseOstreeName('debian/1'), { stateroot: 'debian', fixed: null, index: 1 });
    assert.deepEqual(parseOstreeName(`d/${COMMIT}.0`), { stateroot: 'd', fixed: `${COMMIT}.0`, index: 0 });
  },
  'refuses what could leave the stateroot, or names no deployment': () => {
    for (const text of ['', '..', '../x', '.x', 'a/..', 'a/b', 'a/1/2', '/a', `a/${COMMIT}`, 'a/', 'a\n', 'a b']) {
      assert.throws(() => parseOstreeName(text), { code: 'CONFIG' }, text);
    }
  },
});

spec('parseBootEntry()', {
  'reads version and link, and ignores what boots no deployment': () => {
    const link = `/ostree/boot.0/debian/${COMMIT}/1`;
    assert.deepEqual(parseBootEntry(entry(2, 1)), { version: 2, link, stateroot: 'debian' });
    for (const text of [
      '',
      'options root=x',
      'options ostree=/ostree/boot.0/../x/1',
      'options xostree=/ostree/boot.0/a/b/1',
    ]) {
      assert.equal(parseBootEntry(text), null, text);
    }
  },
});

spec('inBootOrder()', {
  'puts the highest version first, of one stateroot only': () => {
    const all = [entry(2, 1), entry(10, 0), entry(11, 0, 'other')].flatMap((text) => parseBootEntry(text) ?? []);
    assert.deepEqual(
      inBootOrder(all, 'debian').map(({ version }) => version),
      [10, 2],
    );
  },
});

spec('commitOf()', {
  'is the checksum of a directory name, and nothing of another name': () => {
    assert.equal(commitOf(`${COMMIT}.12`), COMMIT);
    for (const name of [COMMIT, `${COMMIT}.origin`, `${COMMIT}.0.origin`, 'x.0', ''])
      assert.equal(commitOf(name), null);
  },
});

spec('isSysrootReadOnly()', {
  'is what [sysroot] says, and nobody else': () => {
    assert.equal(isSysrootReadOnly('[core]\nmode=bare\n\n[sysroot]\nreadonly=true\n'), true);
    assert.equal(isSysrootReadOnly('[sysroot]\nreadonly = true'), true);
    assert.equal(isSysrootReadOnly('[sysroot]\nreadonly=false\n[other]\nreadonly=true\n'), false);
    assert.equal(isSysrootReadOnly('readonly=true\n'), false);
  },
});

spec('ostreeBootedFile()', {
  'is the GVariant a{sv} that glib writes': () => {
    // g_variant_new_parsed ("@a{sv} {'sysroot-ro': <true>}"), printed in hexadecimal.
    const expected = '737973726f6f742d726f00000000000001' + '00620b14';
    assert.equal(Buffer.from(ostreeBootedFile(true)).toString('hex'), expected);
    assert.equal(ostreeBootedFile(false)[16], 0);
  },
});
