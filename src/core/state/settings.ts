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

/** The boot is proven, and so is what was set when it was entered; a setting that came during the boot is not. */
export function withProvenSettings(state: BootState, bootId: string): BootState {
  return state.entered?.bootId === bootId ? { ...state, provenSettings: state.entered.settings } : state;
}

export function hasUnprovenSettings(state: BootState): boolean {
  return unprovenKeys(state).length > 0;
}

/** After a whole round without a tunnel: back to the settings of the last proven boot. */
export function takeBackSettings(state: BootState): SettingsTaken {
  const changed = unprovenKeys(state);
  if (changed.length === 0) return { state, note: null };
  const refused = changed.map((key) => `${key} = ${state.settings?.[key] ?? 'default'}`).join(', ');
  const note = `no boot with the setting ${refused} was proven, so it was taken back`;
  return { state: { ...withSettings(state, state.provenSettings ?? {}), settingsNote: note }, note };
}

/** What was set, or taken away, since the last proof. An older release did not write down what was proven. */
function unprovenKeys({ settings = {}, provenSettings = settings }: BootState): readonly string[] {
  return Object.keys({ ...provenSettings, ...settings }).filter((key) => settings[key] !== provenSettings[key]);
}
