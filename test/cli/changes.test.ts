/** `lifeboot drift` and `lifeboot etc-diff`, on made-up changes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Changes, Drift } from '../../src/app/ports.ts';
import { runDrift } from '../../src/cli/verbs/drift.ts';
import { runEtcDiff } from '../../src/cli/verbs/etc-diff.ts';
import type { EtcEntry } from '../../src/core/etc/etc-tree.ts';
import { checkSchema } from '../support/check-schema.ts';
import { bootInfo, CONFIG_TEXT, fakeNode } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const dir: EtcEntry = { kind: 'dir', mode: 0o755, uid: 0, gid: 0 };
const tree = (files: Readonly<Record<string, string>>) =>
  new Map<string, EtcEntry>([
    ['', dir],
    ...Object.entries(files).map(([path, digest]): [string, EtcEntry] => [
      path,
      { kind: 'file', digest, mode: 0o644, uid: 0, gid: 0 },
    ]),
  ]);

const SIDES = {
  base: tree({ both: '1', gone: '1' }),
  local: tree({ both: '2', mine: '2' }),
  next: tree({ both: '3', gone: '1' }),
};
const DRIFT: readonly Drift[] = [
  { path: 'etc/passwd', kind: 'changed', sizeBytes: 12, imageBytes: 10 },
  { path: 'usr/bin/x', kind: 'deleted', sizeBytes: 0, imageBytes: 5 },
];

function run(
  work: (ports: ReturnType<typeof fakeNode>['ports'], io: Parameters<typeof runDrift>[2]) => number,
  config = CONFIG_TEXT,
) {
  const { ports } = fakeNode({ config, info: bootInfo({ slot: 'a' }) });
  const asked: string[] = [];
  const changes: Changes = {
    drift: () => DRIFT,
    etcSides: (slot, { root }) => {
      asked.push(`${slot} ${root}`);
      return SIDES;
    },
  };
  const written: string[] = [];
  const io = { stdout: (text: string) => void written.push(text), stderr: () => undefined, isTerminal: false, env: {} };
  const code = work({ ...ports, changes }, io);
  return { code, out: written.join(''), asked };
}

const problems = (name: string, text: string) =>
  checkSchema(
    JSON.parse(text),
    JSON.parse(readFileSync(new URL(`../../bootconfig/schema/${name}.schema.json`, import.meta.url), 'utf8')),
  );

spec('lifeboot drift', {
  'lists what is hidden, with sizes and their sum': () => {
    const { code, out } = run((ports, io) => runDrift({ json: false }, ports, io));
    assert.equal(code, 0);
    assert.match(out, /changed +12 +10 +\/etc\/passwd\ndeleted +- +5 +\/usr\/bin\/x\n/);
    assert.match(out, /2 names of the image, 15 bytes, are hidden by 12 bytes/);
  },
  'prints what its schema describes': () => {
    const { out } = run((ports, io) => runDrift({ json: true }, ports, io));
    assert.deepEqual(problems('drift', out), []);
    assert.deepEqual(JSON.parse(out).total, { sizeBytes: 12, imageBytes: 15 });
  },
});

spec('lifeboot etc-diff', {
  'lists conflicts first, then what is carried over and what stays deleted': () => {
    const { out, asked } = run(
      (ports, io) => runEtcDiff({ slot: 'b', json: false }, ports, io),
      `${CONFIG_TEXT}carry = "etc"\n`,
    );
    assert.deepEqual(asked, ['b PARTLABEL=root-b']);
    assert.match(out, /^conflict: '\/etc\/both' was changed here/);
    assert.match(
      out,
      /carried: {2}\/etc\/both\ncarried: {2}\/etc\/mine\ndeleted: {2}\/etc\/gone\n2 carried over to slot b, 1 deleted there too, 1 conflicts\n$/,
    );
  },
  'says that nothing is carried over while carry is fresh': () => {
    const { out } = run((ports, io) => runEtcDiff({ slot: 'b', json: false }, ports, io));
    assert.match(out, /^note: carry is fresh/);
  },
  'takes another slot than the running one, and refuses one that is not there': () => {
    assert.deepEqual(run((ports, io) => runEtcDiff({ slot: null, json: true }, ports, io)).asked, [
      'b PARTLABEL=root-b',
    ]);
    assert.throws(() => run((ports, io) => runEtcDiff({ slot: 'x', json: true }, ports, io)), /there is no slot 'x'/);
  },
  'prints what its schema describes': () => {
    const { out } = run((ports, io) => runEtcDiff({ slot: 'b', json: true }, ports, io));
    assert.deepEqual(problems('etc-diff', out), []);
    assert.equal(JSON.parse(out).conflicts[0].beside, 'both.lifeboot-new');
  },
});
