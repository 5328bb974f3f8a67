/**
 * `doctor` on the recovery slots: can they bring the node up when everything else is gone?
 *
 * Reads only: mounts each medium for a moment. What cannot be looked at is told by other findings already.
 */
import { mayCarryIdentity } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import { type Finding, fail, warn } from '../core/operate/finding.ts';
import { examineMedium } from '../core/repair/medium-copies.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { readState } from './read-state.ts';

export function examineRecovery(ports: Ports, { config }: LoadedConfig): readonly Finding[] {
  return [...examineSource(ports, config), ...examineMedia(ports, config)];
}

/** What would be missed on the day that it is needed. */
function examineSource({ survey }: Ports, { repair: { auto, source } }: Config): readonly Finding[] {
  const isPath = auto === 'reflash' && source?.startsWith('/') === true;
  if (!isPath || survey.file(source) !== null) return [];
  return [warn('repair', `'${source}', which a damaged slot is to be written from, is missing`, 'put the image there')];
}

function examineMedia(ports: Ports, config: Config): readonly Finding[] {
  // Only root can mount, and doctor says so to everybody else.
  if (!ports.machine.isRoot()) return [];
  const reading = readState(ports, config);
  const state = reading.kind === 'valid' ? reading.state : null;
  const names = Object.keys(config.slots).filter((name) => config.slots[name]?.role === 'recovery');
  return names.flatMap((name) => examineOne(ports, config, state, name));
}

function examineOne(ports: Ports, config: Config, state: BootState | null, slot: SlotName): readonly Finding[] {
  const source = config.slots[slot] ?? { root: '' };
  const recorded = state?.slots[slot]?.device ?? null;
  try {
    const base = ports.inspectBase(source, recorded);
    const isStranger = state !== null && !mayCarryIdentity(slot, state, { config, bases: { [slot]: base } });
    const medium = ports.repairs.findCopies(source, recorded, ports.survey.expand(config.identity.files));
    return examineMedium({ slot, ...medium, isStranger });
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    const advice = `look closer with 'lifeboot repair ${slot}'`;
    // That it is missing is told with the devices.
    return error.code === 'ABSENT' ? [] : [fail(`recovery ${slot}`, describeError(error), advice)];
  }
}
