/**
 * What an operator has set in the boot state, and how a node gets rid of a setting that no boot was proven with.
 *
 * Pure. Invariant: a setting is on trial until a boot that was entered with it is proven. It holds for every slot, clean
 * boots and recovery, so without a way back one wrong value would take the whole node away.
 */
import type { BootState, Settings } from './state.ts';

export interface SettingsTaken {
  readonly state: BootState;
  /** Why, or null: nothing was taken back. */
  readonly note: string | null;
}

/** `state` with these settings to boot with; no settings are no key. */
export function withSettings(state: BootState, settings: Settings): BootState {
  const { settings: _old, ...without } = state;
  return Object.keys(settings).length === 0 ? without : { ...without, settings };
}

/** The boot that carries these settings is proven, and so are they. */
export function withProvenSettings(state: BootState, settings: Settings): BootState {
  const { provenSettings: _old, ...without } = state;
  return Object.keys(settings).length === 0 ? without : { ...without, provenSettings: settings };
}

/** After a whole round without a tunnel: back to the settings of the last proven boot. */
export function takeBackSettings(state: BootState): SettingsTaken {
  const { settings = {}, provenSettings = {} } = state;
  const changed = Object.keys({ ...provenSettings, ...settings }).filter(
    (key) => settings[key] !== provenSettings[key],
  );
  if (changed.length === 0) return { state, note: null };
  const refused = changed.map((key) => `${key} = ${settings[key] ?? 'none'}`).join(', ');
  const note = `no boot with the setting ${refused} was proven, so it was taken back`;
  return { state: { ...withSettings(state, provenSettings), settingsNote: note }, note };
}
