/**
 * The configuration with what the boot state adds: what an operator has set (`state set attempts.trial 5`), and the kept
 * snapshots that may be booted.
 *
 * Reads only. The kernel's settings come later and win, as they do over the file.
 */
import { isAnotherNode, ownerOf } from '../core/boot/owner.ts';
import { withSnapshots } from '../core/boot/snapshot-slots.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { LoadedConfig, Ports } from './ports.ts';

/** @returns `loaded` itself when the state sets nothing, or cannot be read */
export function withStateSettings(
  ports: Pick<Ports, 'config'>,
  loaded: LoadedConfig,
  reading: StateReading,
): LoadedConfig {
  // Nothing that was asked of another node is done here.
  if (reading.kind !== 'valid' || isAnotherNode(reading.state.owner ?? null, ownerOf(loaded.config))) return loaded;
  const { state } = reading;
  const settings = Object.entries(state.settings ?? {}).map(([key, value]) => ({
    key,
    value,
    origin: 'the boot state',
  }));
  const set = settings.length === 0 ? loaded : ports.config.load(settings);
  const config = withSnapshots(set.config, state);
  return config === set.config ? set : { ...set, config };
}
