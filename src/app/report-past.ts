/**
 * What was: `why` and `log`.
 *
 * Reads only, takes no lock: a record is valid or not, and the store never shows half of one.
 */
import { type LogEntry, listBoots } from '../core/operate/boot-log.ts';
import { describeReading } from '../core/operate/describe-reading.ts';
import { explain, type WhyReport } from '../core/operate/explain.ts';
import { readUsableState } from './edit-state.ts';
import type { Ports } from './ports.ts';
import { loadAll } from './report.ts';

/** Never fails: what cannot be read is part of the report. */
export function reportWhy(ports: Ports): WhyReport {
  const { loaded, reading } = loadAll(ports);
  const { config, problems, notes } = loaded;
  return explain({
    running: ports.run.readBootInfo(),
    verdict: ports.run.readVerdict(),
    state: reading.kind === 'valid' ? reading.state : null,
    config,
    memory: ports.run.readTend(),
    notes: [...(reading.kind === 'valid' ? [] : [describeReading(reading)]), ...problems, ...notes],
  });
}

/** @throws BootError UNAVAILABLE, BAD_DATA, STATE_IO when there is no state to read; a blank one has no boots */
export function reportLog(ports: Ports): readonly LogEntry[] {
  const store = ports.openState(ports.config.load().config);
  return store.read().kind === 'blank' ? [] : listBoots(readUsableState(store));
}
