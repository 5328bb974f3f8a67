/**
 * What the far end learns about the node from lifeboot's own JSON, checked on the way in.
 *
 * Pure. Invariant: a missing or misshapen answer is an Error, never an empty view: what the demo and the faults claim
 * rests on these.
 */
import * as v from 'valibot';

const statusSchema = v.object({
  booted: v.nullable(
    v.object({
      slot: v.nullable(v.string()),
      attempt: v.nullable(v.number()),
      bootId: v.string(),
      proven: v.boolean(),
    }),
  ),
  next: v.object({ slot: v.nullable(v.string()), reason: v.nullable(v.string()) }),
  slots: v.record(
    v.string(),
    v.object({
      health: v.picklist(['empty', 'trial', 'good', 'bad', 'unknown']),
      attempts: v.number(),
      limit: v.number(),
      reason: v.nullable(v.string()),
      proofLevel: v.nullable(v.string()),
    }),
  ),
  degraded: v.array(v.string()),
});
export type NodeStatus = v.InferOutput<typeof statusSchema>;

const logSchema = v.array(
  v.object({
    bootId: v.string(),
    slot: v.nullable(v.string()),
    attempt: v.nullable(v.number()),
    outcome: v.string(),
    reason: v.nullable(v.string()),
    startedAt: v.nullable(v.string()),
    proof: v.nullable(v.string()),
  }),
);
export type LoggedBoot = v.InferOutput<typeof logSchema>[number];

const bootSchema = v.object({
  bootId: v.string(),
  slot: v.nullable(v.string()),
  attempt: v.nullable(v.number()),
  mode: v.picklist(['normal', 'clean', 'fallback', 'rescue']),
  degraded: v.array(v.string()),
  trace: v.array(v.string()),
});
export type BootFacts = v.InferOutput<typeof bootSchema>;

function parse<S extends v.GenericSchema>(schema: S, text: string, what: string): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new Error(`the node's ${what} is not what the manual says: ${text.slice(0, 400)}`, { cause });
  }
}

export const parseStatus = (text: string): NodeStatus => parse(statusSchema, text, "'lifeboot status --json'");
export const parseLog = (text: string): LoggedBoot[] => parse(logSchema, text, "'lifeboot log --json'");
export const parseBoot = (text: string): BootFacts => parse(bootSchema, text, 'boot.json');
