/**
 * The configuration with what an operator has set in the boot state: `state set attempts.trial 5`.
 *
 * Reads only. The kernel's settings come later and win, as they do over the file.
 */
import { isAnotherNode, ownerOf } from '../core/boot/owner.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { LoadedConfig, Ports } from './ports.ts';

/** @returns `loaded` itself when the state sets nothing, or cannot be read */
export function withStateSettings(
  ports: Pick<Ports, 'config'>,
  loaded: LoadedConfig,
  reading: StateReading,
): LoadedConfig {
  const settings = reading.kind === 'valid' ? Object.entries(reading.state.settings ?? {}) : [];
  if (reading.kind !== 'valid' || settings.length === 0) return loaded;
  // Nothing that was asked of another node is done here.
  if (isAnotherNode(reading.state.owner ?? null, ownerOf(loaded.config))) return loaded;
  return ports.config.load(settings.map(([key, value]) => ({ key, value, origin: 'the boot state' })));
}
