/**
 * What is and what comes next: `status` and `plan`. What was is in `report-past.ts`, which no boot has to read.
 *
 * Reads only, takes no lock: a record is valid or not, and the store never shows half of one.
 */
import type { BootPlan } from '../core/boot/step.ts';
import { describeStatus, type StatusReport } from '../core/operate/describe-status.ts';
import { planNextBoot } from '../core/operate/next-boot.ts';
import { rescueProblems } from '../core/rescue/describe-rescue.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { LoadedConfig, Ports, VerdictFile } from './ports.ts';
import { readState } from './read-state.ts';
import { withStateSettings } from './state-settings.ts';

export interface NamedStatus {
  readonly node: string;
  readonly report: StatusReport;
  /** What this boot was judged, or null while it is not. */
  readonly verdict: VerdictFile | null;
}

/** The state, and the configuration with what is set in it. Never fails: what cannot be read is told in both. */
export function loadAll(ports: Ports): { readonly loaded: LoadedConfig; readonly reading: StateReading } {
  const fromFile = ports.config.load();
  const reading = readState(ports, fromFile.config);
  return { loaded: withStateSettings(ports, fromFile, reading), reading };
}

/** Never fails: what cannot be read is part of the report. */
export function reportStatus(ports: Ports): NamedStatus {
  const { loaded, reading } = loadAll(ports);
  const verdict = ports.run.readVerdict();
  const report = describeStatus({
    ...loaded,
    state: reading,
    running: ports.run.readBootInfo(),
    verdict: verdict?.outcome ?? null,
    degraded: [...ports.run.degraded(), ...rescueOf(ports, loaded)],
  });
  return { node: loaded.config.node.name, report, verdict };
}

/** On the node itself only: the ports of a machine that prepares an image say nothing of the node. */
function rescueOf(ports: Ports, { config }: LoadedConfig): readonly string[] {
  if (config.rescue === null || ports.run.readBootInfo() === null) return [];
  return rescueProblems(config, ports.rescue.networkPorts());
}

/** What the next boot would do; a state that cannot be read is an input to it. */
export function reportPlan(ports: Ports): BootPlan {
  const { loaded, reading: state } = loadAll(ports);
  const { config, problems, notes, forcedSlot } = loaded;
  const open = state.kind === 'valid' ? state.state.current : null;
  const isRunning = open !== null && open.bootId === ports.run.readBootInfo()?.bootId;
  const supposed = isRunning ? [`slot ${open.slot} runs and has no verdict yet: this is for a power cut now`] : [];
  return planNextBoot({ config, state, forcedSlot, notes: [...problems, ...notes, ...supposed] });
}
