/** What a configuration may say about where the base of a slot is. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { spec } from '../../support/spec.ts';

spec('parseConfig() and the base of a slot', {
  'takes a subvolume as the base of a slot: a path below the top level that cannot be taken for mount options': () => {
    const slot = (line: string) => parseConfig(`[slots.a]\nroot = "LABEL=x"\n${line}`, 'x');
    assert.equal(slot('subvolume = "@roots/a"').config.slots['a']?.subvolume, '@roots/a');
    const both = slot('subvolume = "@"\nostree = "debian"');
    assert.deepEqual([both.config.slots['a']?.subvolume, both.config.slots['a']?.ostree], [null, 'debian']);
    assert.match(both.problems.join(), /'slots.a.subvolume'.*one of/);
    for (const line of ['subvolume = "/@"', 'subvolume = "../a"', 'subvolume = "a,rw"', 'subvolume = ""']) {
      const { config, problems } = slot(line);
      assert.equal(config.slots['a']?.subvolume, null, line);
      assert.match(problems.join(), /slots\.a\.subvolume/, line);
    }
  },
  'takes an image file or an OSTree deployment as the base of a slot, not both, and nothing that leads elsewhere':
    () => {
      const slot = (lines: string) => {
        const { config, problems } = parseConfig(`[slots.a]\nroot = "LABEL=x"\n${lines}`, 'x');
        const { image, ostree } = config.slots['a'] ?? {};
        return { image, ostree, problems: problems.join() };
      };
      assert.deepEqual(slot(''), { image: null, ostree: null, problems: '' });
      assert.equal(slot('image = "images/a.erofs"').image, 'images/a.erofs');
      assert.equal(slot('ostree = "debian/1"').ostree, 'debian/1');
      for (const line of [
        'image = "/a"',
        'image = "../a"',
        'image = "a/../../b"',
        'ostree = "../x"',
        'ostree = "a/b"',
      ]) {
        const { image, ostree, problems } = slot(line);
        assert.deepEqual([image, ostree], [null, null], line);
        assert.match(problems, /slots\.a\.(image|ostree)/, line);
      }
      const both = slot('image = "a"\nostree = "debian"');
      assert.deepEqual([both.image, both.ostree], [null, 'debian']);
      assert.match(both.problems, /'slots.a.image'.*expected one of 'image', 'subvolume' and 'ostree'/);
    },
});
