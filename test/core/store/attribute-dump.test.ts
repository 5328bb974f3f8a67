import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatAttributeDump, parseAttributeDump } from '../../../src/core/store/attribute-dump.ts';
import { spec } from '../../support/spec.ts';

spec('parseAttributeDump()', {
  'reads what getfattr prints: the top, odd names, empty values': () => {
    const dump = [
      '# file: .',
      'trusted.overlay.opaque=0x79',
      '',
      '# file: ./new\\012line \\134 \\377',
      'user.a=b=0x0001',
      'user.none=0x',
      '',
    ].join('\n');
    assert.deepEqual(parseAttributeDump(dump), [
      { path: '', name: 'trusted.overlay.opaque', value: '79' },
      { path: 'new\nline \\ \xff', name: 'user.a=b', value: '0001' },
      { path: 'new\nline \\ \xff', name: 'user.none', value: '' },
    ]);
  },
  'reads back what formatAttributeDump() writes, whatever bytes the names are of': () => {
    const bytes = fc.string({
      unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    const path = bytes.filter((text) => !/^\.?\/?$|^\.\//.test(text));
    const value = fc.array(fc.stringMatching(/^[0-9a-f]{2}$/), { minLength: 1 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(fc.record({ path, name: bytes, value }, { noNullPrototype: true })), (attributes) => {
        assert.deepEqual(parseAttributeDump(formatAttributeDump(attributes)), attributes);
      }),
    );
  },
});
