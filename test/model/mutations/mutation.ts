/**
 * Deliberate faults of the decision code: each breaks one rule, and the checker has to find it. A rule whose breaking
 * nobody notices is a rule that nobody keeps.
 */
export interface Mutation {
  readonly what: string;
  /** Below `src/core`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The model that finds it soonest. */
  readonly model: string;
}

export function mutation(file: string, what: string, from: string, to: string, model = 'everything'): Mutation {
  return { what, file, from, to, model };
}
