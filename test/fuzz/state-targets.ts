/**
 * The state: records as bytes, payloads behind a checksum that is right, and what the decision makes of either.
 */
import { crc32 } from 'node:zlib';
import { planBoot } from '../../src/core/boot/plan-boot.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { chooseRecord, nextRecord } from '../../src/core/state/choose-record.ts';
import type { StateReading } from '../../src/core/state/reading.ts';
import { encodeRecord, HEADER_BYTES, MAX_PAYLOAD_BYTES, RECORD_BYTES } from '../../src/core/state/record-codec.ts';
import { formatState, parseState } from '../../src/core/state/state-json.ts';
import { seeded } from '../crash/disk/cuts.ts';
import { KINDS, stateOf } from '../crash/states.ts';
import { Broken, type Target } from './fuzz.ts';

const { config } = parseConfig(
  '[slots.a]\nroot = "LABEL=a"\n[slots.b]\nroot = "LABEL=b"\n[slots.r]\nroot = "LABEL=r"\nrole = "recovery"\n',
  'fuzz.toml',
);

const STATES = KINDS.map((kind, index) => formatState(stateOf(kind, index % 3, seeded(index))));

const WORDS = [
  ...['null', 'true', '-1', '1e999', '""', '[]', '{}', '"__proto__"', '"constructor"', '\\u0000', '9007199254740993'],
  ...['"health":"good"', '"health":"empty"', '"attempts":-3', '"order":[]', '"order":["a","a"]', '"oneShot":"zz"'],
  ...[
    '"slots":{}',
    '"slots":{"__proto__":{}}',
    '"current":null',
    '"history":[null]',
    '"round":{"number":7}',
    '"limit":1',
  ],
  ...['"turn":"ladder"', '"mode":"clean"', '"ladder":{"next":{}}', '"held":"x"', '"alive":true', '"bootId":"0"'],
];

/** A decision on anything that was read: there is a plan, it ends, and what it saves can be saved. */
function requireDecision(state: StateReading): void {
  const plan = planBoot({
    ...{ config, forcedSlot: null, state, stateUnwritable: null, bootId: 'f'.repeat(32), now: null },
    ...{ bases: {}, failures: [], evidence: null, notes: [] },
  });
  if (!plan.steps.some((step) => ['handOver', 'reboot', 'enterRescue'].includes(step.do))) {
    throw new Broken('a plan without an end');
  }
  for (const step of plan.steps) if (step.do === 'saveState') nextRecord(state, step.state);
}

/** Its own reading of the layout, with zlib's checksum. */
function isWhole(record: Uint8Array): boolean {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (record.length < RECORD_BYTES) return false;
  const length = view.getUint32(12, true);
  if (length > MAX_PAYLOAD_BYTES) return false;
  const payload = record.subarray(HEADER_BYTES, HEADER_BYTES + length);
  return view.getUint32(24, true) === crc32(payload, crc32(record.subarray(0, 24)));
}

/** Both records from one input; a record that the input does not reach is as it was. */
function askRecords(input: Buffer): boolean {
  const both = Buffer.alloc(2 * RECORD_BYTES);
  both.set(input.subarray(0, both.length));
  const records = [both.subarray(0, RECORD_BYTES), both.subarray(RECORD_BYTES)] as const;
  const reading = chooseRecord([...records]);
  if (reading.kind === 'valid' && !isWhole(records[reading.record]))
    throw new Broken('a record with a wrong checksum was taken');
  if (
    reading.kind === 'tooNew' &&
    nextRecord(reading, stateOf(KINDS[0] as (typeof KINDS)[number], 0, seeded(1))) !== null
  ) {
    throw new Broken('a record of a newer format would be overwritten');
  }
  requireDecision(reading);
  return reading.kind === 'valid';
}

/** What is longer than a record holds was never read from one. */
function askPayload(input: Buffer): boolean {
  if (input.length > MAX_PAYLOAD_BYTES) return false;
  const parsed = parseState(input.toString('utf8'));
  if ('why' in parsed) return false;
  const { state } = parsed;
  encodeRecord(formatState(state), 1n);
  requireDecision({ kind: 'valid', state, sequence: 1n, record: 0, note: null });
  return true;
}

const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    2,
    3,
    5,
    1e9,
    1.5,
    '',
    'a',
    'b',
    'r',
    'zz',
    'good',
    'trial',
    'bad',
    'empty',
    'clean',
  ],
  ...[
    [],
    ['a'],
    ['a', 'a', 'b'],
    ['r', 'zz'],
    {},
    { a: {} },
    'proven',
    'alive',
    'nothing',
    'order',
    'oneShot',
    'x'.repeat(5_000),
  ],
];

/** Values and not bytes: what is left is JSON, and most of it a state. */
function askValues(input: Buffer): boolean {
  const random = seeded(crc32(input));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const json: unknown = JSON.parse(pick(STATES));
  const changes = 1 + Math.floor(random() * 5);
  for (let done = 0; done < changes; done += 1) changeSome(json, pick, random);
  return askPayload(Buffer.from(JSON.stringify(json)));
}

/** Goes down a random way, and puts something odd where it ends. */
function changeSome(json: unknown, pick: <T>(from: readonly T[]) => T, random: () => number): void {
  let at = json;
  for (let depth = 0; depth < 6; depth += 1) {
    if (typeof at !== 'object' || at === null) return;
    const holder = at as Record<string, unknown>;
    const keys = Object.keys(holder);
    if (keys.length === 0) return;
    const key = pick(keys);
    const next = holder[key];
    if (typeof next === 'object' && next !== null && random() < 0.75) {
      at = next;
      continue;
    }
    if (random() < 0.1) delete holder[key];
    else holder[key] = structuredClone(pick(ODD));
    return;
  }
}

function twoRecords(first: string, second: string): Uint8Array {
  return Buffer.concat([encodeRecord(first, 7n), encodeRecord(second, 6n)]);
}

export const STATE_TARGETS: readonly Target[] = [
  {
    name: 'state records',
    seeds: STATES.map((text, index) => twoRecords(text, STATES[(index + 1) % STATES.length] ?? text)),
    words: ['LIFEBOOT', '\0\0\0\0', '\x01\0', '\x02\0', '\xff\xff\xff\xff', ...WORDS],
    ask: askRecords,
  },
  {
    name: 'state payloads behind a right checksum',
    seeds: STATES.map((text) => Buffer.from(text)),
    words: WORDS,
    ask: askPayload,
  },
  {
    name: 'state values',
    seeds: [Buffer.from('any'), Buffer.from('bytes will do')],
    words: ['a', 'b', 'c'],
    ask: askValues,
    share: 3,
  },
];
