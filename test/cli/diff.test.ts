/** `lifeboot diff`, `undo` and `packages`: what they look at, and what they say of it. */
import assert from 'node:assert/strict';
import type { FileChange } from '../../src/core/store/root-diff.ts';
import { bootInfo } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { BASE, CHANGED, flat, PROVEN, problems, TAKEN_ID, trySnapshot } from '../support/try-snapshot.ts';

const FILES: readonly FileChange[] = [
  { path: 'etc/hosts', change: 'changed', from: 'file', to: 'file', what: ['content', 'mode'] },
  { path: 'opt/new', change: 'added', from: null, to: 'dir', what: [] },
  { path: 'opt/new/caf\xe9', change: 'added', from: null, to: 'file', what: [] },
  { path: 'srv', change: 'changed', from: 'dir', to: 'link', what: ['kind'] },
  { path: 'usr/bin/old', change: 'removed', from: 'file', to: null, what: [] },
];
const PACKAGES = [
  { name: 'curl', from: '7', to: '8' },
  { name: 'vim', from: null, to: '9' },
];
const DIFF = { files: FILES, packages: PACKAGES, texts: { 'etc/hosts': '--- a/etc/hosts\n+++ b/etc/hosts\n' } };
const stored = { ...CHANGED, diff: DIFF };
const kept = trySnapshot('keep', { state: PROVEN });
const [base, taken] = [BASE.slice(0, 4), TAKEN_ID.slice(0, 4)];

spec('lifeboot diff', {
  'compares slots, kept snapshots and what runs': () => {
    for (const [line, call] of [
      ['diff a b', `compare a@${base} b@${base}`],
      ['diff 1 running', `compare a@${taken} running(/data/upper/a-${BASE}/upper)@${base}`],
      ['diff s1 a /etc/ /opt//x --content', `compare a@${taken} a@${base} etc,opt/x by line`],
      ['diff b 1 /café', `compare b@${base} a@${taken} caf\xc3\xa9 by line`],
    ] as const) {
      const shown = kept.then(line, { layers: { diff: DIFF } });
      assert.deepEqual([shown.code, shown.layers.calls], [0, [call]], shown.err);
    }
  },
  'shows packages, /etc, and a directory that came with what is in it as one line': () => {
    const { out } = trySnapshot('diff a running', {}, stored);
    const lines = out.split('\n');
    assert.deepEqual(lines.slice(1, 4), ['+1 ~1 −0 packages', '  ~ curl 7 -> 8', '  + vim 9']);
    assert.deepEqual(lines.slice(4, 6), ['/etc: +0 ~1 −0', '  ~ /etc/hosts (content, mode)']);
    const others = [
      'other files: +2 ~1 −1',
      '  + /opt/new (dir) and 1 below',
      '  ~ /srv (dir -> link)',
      '  − /usr/bin/old',
    ];
    assert.deepEqual(lines.slice(6, 10), others);
    assert.match(out, /\n\n--- a\/etc\/hosts\n/);
    assert.match(trySnapshot('diff a b').out, /\/etc: the same\nother files: the same/);
  },
  'describes itself in JSON': () => {
    const shown = trySnapshot('diff a running --json', {}, stored);
    assert.deepEqual(problems('diff', shown), []);
    const { counts, from, files, texts } = JSON.parse(shown.out);
    assert.deepEqual([counts, from.name], [{ added: 2, changed: 2, removed: 1 }, 'slot a']);
    assert.deepEqual([files[0].path, texts.length], ['/etc/hosts', 1]);
    assert.deepEqual(problems('diff', trySnapshot('diff a b --json')), []);
  },
  'looks at every name of what runs where it is not known what that is': () => {
    for (const info of [null, bootInfo({ slot: 'r' }), bootInfo({ deploymentId: BASE, mode: 'clean' })]) {
      const { layers } = trySnapshot('diff a running', { info }, stored);
      assert.match(layers.calls[0] ?? '', /running\(no upper\)@unknown/);
    }
  },
  'refuses names that make no sense': () => {
    const lines = ['diff a', 'diff a x', 'diff a 7', 'diff a b etc', 'diff a b /', 'diff a b /etc/../x', 'undo a b'];
    for (const line of lines) assert.equal(trySnapshot(line).code, 64, line);
    assert.match(trySnapshot('diff a x').err, /name a slot \(a, b, r\), the number of a snapshot, or running/);
    assert.equal(trySnapshot('diff a b', { isRoot: false }).code, 77);
    assert.equal(trySnapshot('diff a b', { holds: {} }).code, 69);
    assert.equal(kept.then('diff 1 a', { layers: { manifests: [] } }).code, 65);
  },
});

spec('lifeboot undo', {
  'undoes what it is told to, and says what': () => {
    const done = trySnapshot('undo a running /etc /opt', {}, stored);
    assert.deepEqual(
      [done.code, done.layers.calls],
      [0, [`undo a@${base} running(/data/upper/a-${BASE}/upper)@${base} etc,opt`]],
    );
    assert.match(done.out, /^undone:\n {2}~ \/etc\/hosts \(content, mode\)\n/);
    const dry = trySnapshot('undo a running /etc --force --dry-run', {}, stored);
    assert.match(dry.layers.calls[0] ?? '', / etc by force dry$/);
    assert.match(dry.out, /^would undo/);
    const none = trySnapshot('undo a running /etc');
    assert.deepEqual([none.code, none.out], [2, 'nothing to change\n']);
  },
});

spec('lifeboot packages', {
  'answers for a deployment, booted or not': () => {
    const packages = {
      '/': new Map([
        ['b', '2'],
        ['a', '1'],
      ]),
      '/view': new Map([['a', '0']]),
    };
    const runs = trySnapshot('packages running', {}, { ...CHANGED, packages });
    assert.deepEqual([runs.code, runs.out], [0, 'a 1\nb 2\n']);
    const other = kept.then('packages 1 a', { layers: { packages } });
    assert.deepEqual([other.out, other.layers.calls], ['0\n', [`view a ${taken}`]]);
    const json = trySnapshot('packages b --json', {}, { ...CHANGED, packages });
    assert.deepEqual([problems('packages', json), JSON.parse(json.out).packages], [[], [{ name: 'a', version: '0' }]]);
    const missing = trySnapshot('packages b vim', {}, { ...CHANGED, packages });
    assert.deepEqual([missing.code, missing.out], [1, 'vim is not installed\n']);
    const unknown = trySnapshot('packages b');
    assert.deepEqual(
      [unknown.code, flat(unknown.err)],
      [69, "lifeboot: 'b' has no package database that is known hint: dpkg's and rpm's are "],
    );
  },
});
