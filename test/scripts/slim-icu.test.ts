/** The slimmed ICU package must still be one: sorted table, kept items untouched, dropped ones gone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeExecutable } from '../../scripts/node-package.ts';
import { isKeptItem, slimIcu } from '../../scripts/slim-icu.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

const HEADER_BYTES = 32;

/** A package with 16 bytes of data for each name, filled with its index + 1, with other bytes before and after. */
function makePackage(names: readonly string[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16LE(HEADER_BYTES, 0);
  Buffer.from([0xda, 0x27]).copy(header, 2);
  header.write('CmnD', 12);
  const table = Buffer.alloc(4 + 8 * names.length);
  const texts = Buffer.from(names.map((name) => `${name}\0`).join(''));
  table.writeUInt32LE(names.length, 0);
  let nameOffset = table.length;
  names.forEach((name, index) => {
    table.writeUInt32LE(nameOffset, 4 + 8 * index);
    table.writeUInt32LE(table.length + texts.length + 16 * index, 8 + 8 * index);
    nameOffset += name.length + 1;
  });
  const data = names.map((_, index) => Buffer.alloc(16, index + 1));
  return Buffer.concat([Buffer.from('CmnD elsewhere'), header, table, texts, ...data, Buffer.from('after')]);
}

const NAMES = [
  'icudt78l/curr/de.res',
  'icudt78l/curr/en.res',
  'icudt78l/gb18030.cnv',
  'icudt78l/units.res',
  'icudt78l/zu.res',
];

spec('isKeptItem()', {
  'keeps root, English and what all locales share': () => {
    for (const name of [
      'root.res',
      'en.res',
      'coll/root.res',
      'zone/pool.res',
      'zoneinfo64.res',
      'nfkc.nrm',
      'brkitr/word.brk',
    ]) {
      assert.ok(isKeptItem(`icudt78l/${name}`), name);
    }
  },
  'drops other locales, dictionaries, transliteration and legacy encodings': () => {
    for (const name of [
      'de.res',
      'zh_Hant_TW.res',
      'coll/zh.res',
      'brkitr/cjdict.dict',
      'translit/root.res',
      'euc-jp-2007.cnv',
    ]) {
      assert.ok(!isKeptItem(`icudt78l/${name}`), name);
    }
  },
});

spec('slimIcu()', {
  'takes items off the table, blanks their data and leaves every other byte': () => {
    const before = makePackage(NAMES);
    const after = Buffer.from(before);
    // The last item is kept whatever it is: nothing says where it ends.
    assert.deepEqual(slimIcu(after), { keptItems: 3, droppedItems: 2, droppedBytes: 32 });
    const data = before.length - 'after'.length - 16 * NAMES.length;
    const filled = Array.from({ length: NAMES.length }, (_, index) => after[data + 16 * index]);
    assert.deepEqual(filled, [0, 2, 0, 4, 5]);
    assert.equal(after.length, before.length);
    assert.equal(after.toString('latin1', before.length - 5), 'after');
    const table = 'CmnD elsewhere'.length + HEADER_BYTES;
    assert.equal(after.readUInt32LE(table), 3);
    assert.equal(after.readUInt32LE(table + 8), before.readUInt32LE(table + 16));
  },
  'refuses bytes without exactly one package': () => {
    assert.throws(() => slimIcu(Buffer.from('CmnD but no header')), /found 0 ICU packages/);
    assert.throws(() => slimIcu(Buffer.concat([makePackage(NAMES), makePackage(NAMES)])), /found 2 ICU packages/);
  },
  'leaves a Node that works: dates, time zones, normalisation, sorting, decoding': () => {
    withTempDir((dir) => {
      const image = readFileSync(nodeExecutable('x64'));
      assert.ok(slimIcu(image).droppedBytes > 25_000_000);
      const slim = join(dir, 'node');
      writeFileSync(slim, image, { mode: 0o755 });
      const script = `[new Date(0).toString(), new Date(0).toLocaleString('de'), 'é'.normalize('NFD').length,
        'a'.localeCompare('b'), 1234.5.toLocaleString(), new TextDecoder('latin1').decode(new Uint8Array([0xe9])),
        new URL('http://exämple.org').host, /\\p{L}/u.test('é')].join('|')`;
      const { stdout } = spawnSync(slim, ['-p', script], { encoding: 'utf8', env: { TZ: 'Europe/Berlin' } });
      assert.match(
        stdout,
        /^Thu Jan 01 1970 01:00:00 GMT\+0100 .*\|1\/1\/1970, .*\|2\|-1\|1,234.5\|é\|xn--exmple-cua.org\|true\n$/,
      );
    });
  },
});
