/**
 * The one way in which operator commands write the boot state.
 *
 * Effects in this order: (1) refuse a configuration with problems, (2) lock, (3) read again inside the lock, because
 * another command may have written meanwhile, (4) save, which reads back and compares. Invariant: nothing is written
 * when nothing changes, in a dry run, or over a state of a newer format.
 */
import { initialOrder } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { describeChanges } from '../core/operate/describe-changes.ts';
import { describeReading, type Unusable } from '../core/operate/describe-reading.ts';
import type { Edit } from '../core/operate/edit.ts';
import { planNextBoot } from '../core/operate/next-boot.ts';
import type { StateReading } from '../core/state/reading.ts';
import { type BootState, withConfiguredSlots } from '../core/state/state.ts';
import type { LoadedConfig, Ports, StateStore } from './ports.ts';
import { withStateSettings } from './state-settings.ts';

export interface Edited {
  readonly changed: boolean;
  readonly dryRun: boolean;
  /** What changed, or would: one line each. */
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  /** What boots next now, or would, in words. */
  readonly next: string;
}

export interface EditOptions {
  readonly dryRun: boolean;
  /** What to start from when there is no valid state; by default the command fails then. */
  readonly without?: (reading: StateReading, config: Config) => BootState | null;
}

export type WorkOut = (state: BootState, config: Config) => Edit;

/** @throws BootError CONFIG, BUSY, UNAVAILABLE, BAD_DATA, STATE_IO, and whatever `workOut` throws */
export function editState(ports: Ports, options: EditOptions, workOut: WorkOut): Edited {
  const loaded = loadSoundConfig(ports);
  const edit = (): Edited => editOnce(ports, loaded, options, workOut);
  return options.dryRun ? edit() : ports.lock.hold(edit);
}

function editOnce(ports: Ports, loaded: LoadedConfig, options: EditOptions, workOut: WorkOut): Edited {
  const { config } = loaded;
  const store = ports.openState(config);
  const reading = store.read();
  const usable =
    reading.kind === 'valid' ? reading.state : (options.without?.(reading, config) ?? refuseReading(store, reading));
  const before = withConfiguredSlots(usable, initialOrder({ config }));
  const inForce = withStateSettings(ports, loaded, reading);
  const { state, notes } = workOut(before, inForce.config);
  const changed = state !== before;
  if (changed && !options.dryRun) store.save(state);
  return {
    changed,
    dryRun: options.dryRun,
    changes: describeChanges(before, state),
    notes,
    next: nextInWords(inForce, state),
  };
}

/**
 * The configuration, for a command that writes.
 * @throws BootError CONFIG naming each problem
 */
export function loadSoundConfig(ports: Ports): LoadedConfig {
  const loaded = ports.config.load();
  if (loaded.problems.length === 0) return loaded;
  const listed = loaded.problems.map((problem) => `\n  ${problem}`).join('');
  throw new BootError('CONFIG', `the configuration '${loaded.path}' is not in order, so nothing is written:${listed}`, {
    hint: "correct it, then see 'lifeboot doctor'",
  });
}

/** The state, for a command that cannot do without. @throws BootError UNAVAILABLE, BAD_DATA, STATE_IO */
export function readUsableState(store: StateStore): BootState {
  const reading = store.read();
  return reading.kind === 'valid' ? reading.state : refuseReading(store, reading);
}

const INIT_HINT = "'lifeboot state init' writes a new one";

function refuseReading({ place }: StateStore, reading: Unusable): never {
  const said = `'${place}': ${describeReading(reading)}`;
  switch (reading.kind) {
    case 'blank':
      throw new BootError('UNAVAILABLE', said, { hint: INIT_HINT });
    case 'absent':
      throw new BootError('UNAVAILABLE', said, { hint: "see [state] of the configuration, or 'lifeboot doctor'" });
    case 'corrupt':
      throw new BootError('BAD_DATA', said, { hint: INIT_HINT });
    case 'tooNew':
      throw new BootError('BAD_DATA', said, { hint: 'use the release that wrote it; it is never overwritten' });
    case 'unreadable':
      throw new BootError('STATE_IO', said, { hint: 'run as root; otherwise the medium may be failing' });
    default:
      return reading satisfies never;
  }
}

/** What boots next from `state`, in words. */
export function nextInWords({ config, forcedSlot }: LoadedConfig, state: BootState): string {
  const reading = { kind: 'valid', state, sequence: 0n, record: 0, note: null } as const;
  return planNextBoot({ config, state: reading, forcedSlot, notes: [] }).trace.at(-1) ?? '';
}
