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

/** @returns null when the configuration does not tell nodes apart */
export function ownerOf(config: Pick<Config, 'node' | 'tunnel'>): string | null {
  const name = config.node.name === DEFAULT_NAME ? (config.tunnel?.user ?? null) : config.node.name;
  return name === null ? null : name.slice(0, MAX_LENGTH);
}

export interface Adopted {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/** The state as this node's own; another node's is a new one. Adopting twice is adopting once. */
export function adoptState(state: BootState, config: Config, names: readonly string[]): Adopted {
  const owner = ownerOf(config);
  const other = state.owner ?? null;
  if (owner === null || other === owner) return { state, trace: [] };
  if (other === null) return { state: { ...state, owner }, trace: [] };
  return {
    state: { ...freshState(names), owner },
    trace: [
      `the boot state is of node '${other}', and this is '${owner}': what was proven there is not proven here, so every slot is a trial`,
    ],
  };
}
