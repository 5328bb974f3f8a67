/**
 * Whose boot state this is. A disk that was moved, or an image of one node written to another, brings along what that
 * other node proved: nothing of it holds here.
 *
 * Pure. A node goes by the name in its configuration, or, where all are named alike, by its tunnel's user.
 */
import type { Config } from '../config/config.ts';
import { type BootState, freshState } from '../state/state.ts';

const DEFAULT_NAME = 'node';
const MAX_LENGTH = 64;

/** A node that has no name of its own. */
const BY_USER = 'user:';

/** @returns null when the configuration does not tell nodes apart */
export function ownerOf(config: Pick<Config, 'node' | 'tunnel'>): string | null {
  const user = config.tunnel?.user ?? null;
  const byUser = user === null ? null : `${BY_USER}${user}`;
  return (config.node.name === DEFAULT_NAME ? byUser : config.node.name)?.slice(0, MAX_LENGTH) ?? null;
}

/**
 * Whether that is another node. A name and a user say nothing of each other: a mistake in `[node]` leaves a node with its
 * user, and it must not forget for that what it proved.
 * @param recorded in the boot state, or null
 */
export function isAnotherNode(recorded: string | null, owner: string | null): boolean {
  if (recorded === null || owner === null) return false;
  return recorded !== owner && recorded.startsWith(BY_USER) === owner.startsWith(BY_USER);
}

export interface Adopted {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/** The state as this node's own; another node's is a new one. Adopting twice is adopting once. */
export function adoptState(state: BootState, config: Config, names: readonly string[]): Adopted {
  const owner = ownerOf(config);
  const recorded = state.owner ?? null;
  if (isAnotherNode(recorded, owner)) {
    return {
      state: { ...freshState(names), owner },
      trace: [
        `the boot state is of node '${recorded}', and this is '${owner}': what was proven there is not proven here, so every slot is a trial`,
      ],
    };
  }
  const isBetterKnown = owner !== null && (recorded === null || !owner.startsWith(BY_USER));
  return { state: isBetterKnown && recorded !== owner ? { ...state, owner } : state, trace: [] };
}
