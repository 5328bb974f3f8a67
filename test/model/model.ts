/** What a model is made of: the rules, a configuration, and which events happen in it. Types only. */
import type { Config } from '../../src/core/config/config.ts';
import type { ModelNode } from './node.ts';
import type { Rules } from './rules.ts';

export interface Move {
  /** Who acts, and how: the invariants look at the first word. */
  readonly label: string;
  readonly to: ModelNode;
}

/** Each multiplies the model, so no model has them all to its end. */
export interface Events {
  /** Bases that are absent or broken, roots without an init. */
  readonly mounts?: true;
  readonly panics?: true;
  /** Writes of the boot state that fail. */
  readonly writes?: true;
  /** A server that is busy, and reboots that somebody asks for: attempts come back. */
  readonly refunds?: true;
  /** Required checks that fail. */
  readonly checks?: true;
  readonly ladder?: true;
  readonly operator?: true;
  /** An operator sets a value in the boot state, and takes it away. */
  readonly settings?: true;
  /** Boots of good slots that end before their verdict, or soon after their proof. */
  readonly shortLives?: true;
}

export interface Model {
  readonly rules: Rules;
  readonly config: Config;
  /** What happens besides power cuts, verdicts and proofs. */
  readonly events: Events;
}
