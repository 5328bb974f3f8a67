/**
 * `doctor` on configuration, boot state and devices.
 *
 * Pure: from facts to findings.
 */
import { isAnotherNode } from '../boot/owner.ts';
import type { Config } from '../config/config.ts';
import type { StateReading } from '../state/reading.ts';
import type { BootState } from '../state/state.ts';
import { describeReading } from './describe-reading.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface ConfigFacts {
  readonly path: string;
  readonly config: Config;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

export function examineConfig({ path, config, problems, notes }: ConfigFacts): readonly Finding[] {
  const normal = Object.values(config.slots).filter(({ role }) => role === 'normal').length;
  const recovery = Object.keys(config.slots).length - normal;
  return [
    ...(problems.length === 0 ? [ok('configuration', `'${path}' is in order`)] : []),
    ...problems.map((problem) => fail('configuration', problem, `correct '${path}'; until then the default holds`)),
    ...notes.map((note) => warn('configuration', note, 'see the kernel command line and bootconfig')),
    ...(normal < 2
      ? [warn('slots', `there is ${normal} normal slot`, 'an upgrade needs a second one to fall back to')]
      : []),
    ...(recovery === 0 ? [warn('slots', 'there is no recovery slot', 'add one with role = "recovery"')] : []),
    ...(config.node.unattended ? [] : [warn('node', 'unattended is false', 'emergency shells wait for a hand then')]),
  ];
}

export interface StateFacts {
  readonly place: string;
  readonly reading: StateReading;
  /** Why the medium cannot be written, or null. */
  readonly unwritable: string | null;
}

export function examineState({ place, reading, unwritable }: StateFacts): readonly Finding[] {
  const writable =
    unwritable === null ? [] : [fail('state', unwritable, 'without it no attempt is counted and no trial is entered')];
  if (reading.kind !== 'valid')
    return [fail('state', describeReading(reading), STATE_ADVICE[reading.kind]), ...writable];
  const sound = `${place} is valid: record ${reading.record}, sequence ${reading.sequence}`;
  return [
    reading.note === null
      ? ok('state', sound)
      : warn('state', reading.note, 'the next save writes that record anew; if it comes back, the medium is failing'),
    ...examineSettings(reading.state),
    ...writable,
  ];
}

function examineSettings({ settingsNote = null }: BootState): readonly Finding[] {
  if (settingsNote === null) return [];
  return [
    warn('settings', settingsNote, "set it again with another value, or to default: 'lifeboot state set KEY VALUE'"),
  ];
}

/** @param owner what this node is called; null: the configuration does not tell nodes apart */
export function examineOwner(reading: StateReading, owner: string | null): readonly Finding[] {
  const recorded = reading.kind === 'valid' ? (reading.state.owner ?? null) : null;
  if (!isAnotherNode(recorded, owner)) return [];
  const advice = 'correct [node] name, or reboot: the state is begun anew then, and every slot is a trial';
  return [warn('state', `it is of node '${recorded}', and this is '${owner}'`, advice)];
}

const STATE_ADVICE: Readonly<Record<Exclude<StateReading['kind'], 'valid'>, string>> = {
  blank: "write one with 'lifeboot state init --good SLOT', or let the next boot do it",
  corrupt: "write a new one with 'lifeboot state init'; check the medium",
  tooNew: 'install the release that wrote it again',
  absent: 'check [state] device and file in the configuration',
  unreadable: 'check that you are root, and the medium in the kernel log',
};

export interface DeviceFact {
  /** What it is for, such as `slot a`. */
  readonly use: string;
  readonly name: string;
  /** Where it was found, or null. */
  readonly path: string | null;
  /** Why not, or what an operator should know. */
  readonly notes: readonly string[];
  /** The device can be pulled out. */
  readonly removable?: boolean;
  /** `removable = true` stands in its section. */
  readonly mayBeRemovable?: boolean;
}

export function examineDevice({
  use,
  name,
  path,
  notes,
  removable = false,
  mayBeRemovable = false,
}: DeviceFact): readonly Finding[] {
  if (path === null) {
    return [fail(use, notes.join('; ') || `'${name}' was not found`, 'check the name with blkid, and the disk')];
  }
  return [
    ok(use, `'${name}' is ${path}`),
    ...notes.map((note) => warn(use, note, 'give each device a name of its own, such as PARTUUID=')),
    ...(removable && !mayBeRemovable ? [examineRemovable(use, path)] : []),
  ];
}

/** Found before the reboot that would show it. */
function examineRemovable(use: string, path: string): Finding {
  const advice = `set removable = true in [${use.startsWith('slot ') ? `slots.${use.slice(5)}` : use}], and make the initramfs again`;
  return use === 'upper'
    ? fail(
        use,
        `${path} is removable, so the boot stage leaves it alone: nothing in the upper holds, and no renewed key`,
        advice,
      )
    : warn(use, `${path} is removable, so it is given no identity files when it is booted without lifeboot`, advice);
}
