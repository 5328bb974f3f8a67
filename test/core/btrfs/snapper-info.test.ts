/** info.xml, as Snapper 0.10.4 wrote it. */
import assert from 'node:assert/strict';
import { parseSnapperInfo } from '../../../src/core/btrfs/snapper-info.ts';
import { snapperNumber } from '../../../src/core/btrfs/snapper-name.ts';
import { spec } from '../../support/spec.ts';

const FIRST = `<?xml version="1.0"?>
<snapshot>
  <type>single</type>
  <num>1</num>
  <date>2026-11-22 14:46:41</date>
  <description>first &amp; &lt;one&gt; &#x41;</description>
  <cleanup>number</cleanup>
  <userdata>
    <key>a</key>
    <value>b</value>
  </userdata>
  <userdata>
    <key>type</key>
    <value>post</value>
  </userdata>
</snapshot>
`;

spec('parseSnapperInfo()', {
  'reads what Snapper writes, and is not misled by user data': () => {
    assert.deepEqual(parseSnapperInfo(FIRST, 1), {
      ...{ number: 1, type: 'single', preNumber: null, createdAt: '2026-11-22T14:46:41Z' },
      ...{ description: 'first & <one> A', userData: { a: 'b', type: 'post' }, cleanup: 'number' },
    });
    const post =
      '<snapshot><type>post</type><num>3</num><date>2026-11-22 14:46:42</date><pre_num>2</pre_num></snapshot>';
    assert.deepEqual(parseSnapperInfo(post, 3), {
      ...{ number: 3, type: 'post', preNumber: 2, createdAt: '2026-11-22T14:46:42Z' },
      ...{ description: '', userData: {}, cleanup: null },
    });
  },
  'takes nothing that is damaged, cut off, or of another number': () => {
    assert.equal(parseSnapperInfo(FIRST, 2), null);
    assert.equal(parseSnapperInfo(FIRST.replace('single', 'other'), 1), null);
    for (let length = 0; length < FIRST.length - 12; length += 7) {
      assert.equal(parseSnapperInfo(FIRST.slice(0, length), 1), null);
    }
  },
});

spec('snapperNumber()', {
  'takes snapper:NUMBER alone': () => {
    assert.equal(snapperNumber('snapper:12'), 12);
    for (const word of ['snapper:', 'snapper:0', 'snapper:1x', 's12', 'snapper:../1', 'Snapper:1']) {
      assert.equal(snapperNumber(word), null, word);
    }
  },
});
