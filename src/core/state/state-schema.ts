/**
 * The shape of a record's payload, and the default of each value that makes no sense.
 *
 * Pure. Unknown keys are kept: a newer release of the same major may have written them. Keys that later releases added
 * have a default, because an older record must still read.
 */
import * as v from 'valibot';
import { PURPOSES, RUNGS } from '../ladder/rungs.ts';
import { BEST, OUTCOMES, TURNS } from '../slot.ts';

const text = v.fallback(v.nullable(v.string()), null);
const count = v.fallback(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0);
const names = v.fallback(v.array(v.string()), []);

const settings = v.fallback(v.record(v.string(), v.string()), {});

/** A list of known words; words of a newer release are left out. */
function listOf<const T extends readonly string[]>(words: T) {
  const isKnown = (word: string): word is T[number] => words.includes(word);
  return v.pipe(
    names,
    v.transform((found) => found.filter(isKnown)),
  );
}

const modes = ['normal', 'clean', 'fallback', 'rescue'] as const;
const proof = v.fallback(v.nullable(v.picklist(['forward', 'loop', 'remote', 'manual'])), null);

const examined = v.looseObject({
  at: text,
  bootId: text,
  soundness: v.picklist(['sound', 'doubtful', 'damaged']),
  found: names,
});

const slotSchema = v.looseObject({
  deployment: v.fallback(
    v.nullable(
      v.looseObject({
        id: v.string(),
        version: text,
        base: v.exactOptional(v.string()),
        sameAs: v.exactOptional(v.string()),
      }),
    ),
    null,
  ),
  health: v.fallback(v.picklist(['empty', 'trial', 'good', 'bad']), 'trial'),
  attempts: count,
  // Older releases did not write it: see `countedAlive`.
  aliveAttempts: v.exactOptional(count),
  limit: v.fallback(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))), null),
  reason: text,
  provenAt: text,
  proofLevel: proof,
  provenId: text,
  best: v.fallback(v.picklist(BEST), 'nothing'),
  mode: v.fallback(v.picklist(['normal', 'clean']), 'normal'),
  cleanAttempts: count,
  evidence: text,
  shortLived: count,
  refunds: count,
  held: v.fallback(v.nullable(v.string()), null),
  lately: listOf(OUTCOMES),
  device: v.fallback(v.nullable(v.looseObject({ partuuid: text, serial: text })), null),
  examined: v.exactOptional(v.fallback(v.nullable(examined), null)),
  snapshotOf: v.exactOptional(v.string()),
});

const recordSchema = v.looseObject({
  bootId: v.string(),
  slot: text,
  attempt: v.fallback(v.nullable(v.number()), null),
  mode: v.fallback(v.picklist(modes), 'normal'),
  turn: v.exactOptional(v.fallback(v.picklist(TURNS), 'order')),
  outcome: v.fallback(v.picklist(OUTCOMES), 'cut'),
  reason: text,
  startedAt: text,
  proof,
  trace: names,
});

const ladderSchema = v.looseObject({
  round: count,
  taken: listOf(RUNGS),
  slots: names,
  clean: names,
  next: v.fallback(
    v.nullable(v.looseObject({ purpose: v.picklist(PURPOSES), slot: v.nullable(v.string()), clean: v.boolean() })),
    null,
  ),
});

export const stateSchema = v.looseObject({
  slots: v.fallback(v.record(v.string(), v.fallback(v.nullable(slotSchema), null)), {}),
  order: names,
  oneShot: text,
  current: v.fallback(
    v.nullable(
      v.looseObject({
        bootId: v.string(),
        slot: v.string(),
        attempt: count,
        mode: v.fallback(v.picklist(modes), 'normal'),
        turn: v.fallback(v.picklist(TURNS), 'order'),
        alive: v.fallback(v.boolean(), false),
      }),
    ),
    null,
  ),
  round: v.fallback(
    v.looseObject({ number: count, clean: names, recovery: names, snapshots: v.exactOptional(names) }),
    {
      number: 0,
      clean: [],
      recovery: [],
    },
  ),
  pending: names,
  outage: v.fallback(v.nullable(v.looseObject({ since: text, slot: v.string() })), null),
  settings: v.exactOptional(settings),
  provenSettings: v.exactOptional(settings),
  entered: v.exactOptional(v.fallback(v.looseObject({ bootId: v.string(), settings }), { bootId: '', settings: {} })),
  settingsNote: v.exactOptional(text),
  ladder: v.fallback(ladderSchema, { round: 0, taken: [], slots: [], clean: [], next: null }),
  latestProofAt: v.exactOptional(text),
  young: v.exactOptional(v.fallback(v.nullable(v.looseObject({ bootId: v.string(), slot: v.string() })), null)),
  owner: v.exactOptional(text),
  history: v.fallback(v.array(v.fallback(v.nullable(recordSchema), null)), []),
});
