/**
 * `lifeboot doctor`: examines a node from the configuration to the initramfs, and changes nothing.
 *
 * Reads only. Never fails: what cannot be seen is a finding.
 */
import { ownerOf } from '../core/boot/owner.ts';
import { BootError, describeError } from '../core/errors.ts';
import { describeStatus } from '../core/operate/describe-status.ts';
import {
  type CopyFact,
  examineCopies,
  examineImage,
  examineSigners,
  examineStarter,
  examineTunnel,
  examineUnit,
  type FileFact,
  type ImageFacts,
  UNITS,
} from '../core/operate/examine-files.ts';
import {
  type DeviceFact,
  examineConfig,
  examineDevice,
  examineOwner,
  examineState,
} from '../core/operate/examine-state.ts';
import { examineStore, storeTools } from '../core/operate/examine-store.ts';
import { examineWatchdog } from '../core/operate/examine-watchdog.ts';
import { type Finding, ok, warn } from '../core/operate/finding.ts';
import { VERSION } from '../core/version.ts';
import { examineRecovery } from './doctor-recovery.ts';
import { examineRescue } from './doctor-rescue.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { readPlacedState, readState } from './read-state.ts';

const CONFIG_IN_IMAGE = '/etc/lifeboot/lifeboot.toml';
const PROGRAM = '/usr/lib/lifeboot/lifeboot';
const COPIES = '/run/lifeboot/data/lifeboot/identity';

export function examineNode(ports: Ports): readonly Finding[] {
  const loaded = ports.config.load();
  return [
    ...examineConfig(loaded),
    ...examineMedium(ports, loaded),
    ...devicesOf(loaded).flatMap((device) => examineDevice(lookForDevice(ports, device))),
    ...examineTunnel({ tunnel: loaded.config.tunnel, files: tunnelFiles(ports, loaded) }),
    ...examineSigners(loaded.config.install, ports.survey.file(loaded.config.install.signers)),
    ...Object.keys(UNITS).map((name) => examineUnit(name, ports.survey.unitState(name))),
    ...examineImage(imageFacts(ports, loaded)),
    ...examineCopies(copyFacts(ports, loaded)),
    ...examineStore(loaded.config, ports.survey.expand(storeTools())),
    ...examineRecovery(ports, loaded),
    ...examineRescue(ports, loaded),
    ...examineMachine(ports, loaded),
    ...examineRunning(ports, loaded),
  ];
}

function examineMedium(ports: Ports, { config }: LoadedConfig): readonly Finding[] {
  const { place, reading } = readPlacedState(ports, config);
  return [
    ...examineState({ place, reading, unwritable: ports.survey.whyReadOnly(config.state.device) }),
    ...examineOwner(reading, ownerOf(config)),
  ];
}

interface WantedDevice {
  readonly use: string;
  readonly name: string;
  readonly mayBeRemovable: boolean;
}

function devicesOf({ config }: LoadedConfig): readonly WantedDevice[] {
  const { upper, slots } = config;
  return [
    ...Object.entries(slots).map(([slot, { root, removable }]) => ({
      use: `slot ${slot}`,
      name: root,
      mayBeRemovable: removable,
    })),
    ...(upper.kind === 'persistent' && upper.device !== null
      ? [{ use: 'upper', name: upper.device, mayBeRemovable: upper.removable }]
      : []),
  ];
}

function lookForDevice(ports: Ports, { use, name, mayBeRemovable }: WantedDevice): DeviceFact {
  try {
    return { use, name, mayBeRemovable, ...ports.survey.findDevice(name) };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return { use, name, path: null, notes: [describeError(error)] };
  }
}

function tunnelFiles(ports: Ports, { config }: LoadedConfig): Readonly<Record<string, FileFact | null>> {
  const { tunnel } = config;
  if (tunnel === null) return {};
  const { identity, knownHosts, selfcheckKey, certificate } = tunnel;
  const paths = [identity, knownHosts, selfcheckKey, ...(certificate === null ? [] : [certificate])];
  return Object.fromEntries(paths.map((path) => [path, ports.survey.file(path)]));
}

function imageFacts({ survey, run }: Ports, { config }: LoadedConfig): ImageFacts {
  const path = `/boot/initrd.img-${survey.kernelRelease()}`;
  const file = survey.file(path);
  const info = run.readBootInfo();
  const isBooted = info !== null && info.mode !== 'fallback';
  if (file === null) return { image: null, isBooted, keptPath: null, isRunning: null, newer: [] };
  const carried = [PROGRAM, CONFIG_IN_IMAGE, ...survey.expand(config.identity.files)];
  const newer = carried.filter((name) => (survey.file(name)?.modifiedMs ?? 0) > file.modifiedMs);
  const kept = `${path}.proven`;
  return {
    image: { path, file },
    isBooted,
    keptPath: survey.file(kept) === null ? null : kept,
    isRunning: survey.sameContent('/run/lifeboot/image-id', `${path}.id`),
    newer,
  };
}

function copyFacts({ survey }: Ports, { config }: LoadedConfig): readonly CopyFact[] {
  if (survey.file(COPIES) === null) return [];
  return survey.expand(config.identity.files).map((path) => {
    const same = survey.sameContent(path, `${COPIES}${path}`);
    return { path, copy: same === null ? 'missing' : same ? 'same' : 'differs' };
  });
}

function examineMachine(ports: Ports, { config }: LoadedConfig): readonly Finding[] {
  const seen = ports.survey.watchdog(config.watchdog.device);
  return [
    ...(ports.machine.now() === null
      ? [warn('clock', 'it is behind the release of lifeboot', 'times are not recorded until it is set; use NTP')]
      : []),
    ...examineWatchdog(config.watchdog, { ...seen, isBooted: ports.run.readBootInfo() !== null }),
  ];
}

function examineRunning(ports: Ports, loaded: LoadedConfig): readonly Finding[] {
  const running = ports.run.readBootInfo();
  const root = ports.machine.isRoot() ? [] : [warn('doctor', 'you are not root', 'some of this can only root see')];
  if (running === null) {
    return [warn('boot', 'lifeboot did not boot this system', 'reboot into the image that lifeboot is in'), ...root];
  }
  const state = readState(ports, loaded.config);
  const facts = { ...loaded, problems: [], state, running, verdict: null, degraded: ports.run.degraded() };
  const { degraded } = describeStatus(facts);
  const found = `lifeboot booted this system${running.slot === null ? '' : ` from slot ${running.slot}`}`;
  const started = examineStarter(running.mode, running.version ?? null, VERSION);
  return [
    ok('boot', found),
    ...started,
    ...degraded.map((text) => warn('degraded', text, "see 'lifeboot why'")),
    ...root,
  ];
}
