/** `lifeboot repair`: what is wrong with a slot; or the slot written anew, with progress. */
import type { Ports } from '../../app/ports.ts';
import { type Checked, checkSlots, repairBySettings } from '../../app/repair-check.ts';
import { rewriteSlot } from '../../app/repair-write.ts';
import type { SlotReport } from '../../core/repair/examine-slot.ts';
import type { SlotName } from '../../core/slot.ts';
import type { RepairCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { type Colour, formatJson, makePaint, type Paint, wrap } from '../render.ts';
import { formatFinding } from './doctor.ts';
import { reportEdited } from './edited.ts';
import { makeProgress } from './progress.ts';

export function runRepair(command: RepairCommand, ports: Ports, io: Io): ExitCode {
  if (command.action === 'write') return runWrite(command, ports, io);
  const { slot, json, dryRun } = command;
  const checked = checkSlots(ports, { slots: slot === null ? null : [slot], keep: command.keep && !dryRun });
  // Only the form that a timer runs repairs anything by itself.
  const done = slot === null && !dryRun ? repairBySettings(ports, checked.slots) : [];
  return reportChecked({ ...checked, done }, json, io);
}

/** Prints what was found and done. @returns 0 sound, 3 doubtful, 1 damaged, 2 when there was nothing to examine */
export function reportChecked(checked: Checked, json: boolean, io: Io): ExitCode {
  io.stdout(json ? formatJson(checked) : formatChecked(checked, makePaint(io)));
  return exitCodeOf(checked);
}

function runWrite(command: Extract<RepairCommand, { action: 'write' }>, ports: Ports, io: Io): ExitCode {
  const progress = makeProgress(io);
  try {
    const edited = rewriteSlot(ports, command, progress.show);
    progress.end();
    return reportEdited(edited, io);
  } catch (error) {
    progress.end();
    throw error;
  }
}

function exitCodeOf({ slots }: Checked): ExitCode {
  const all = Object.values(slots).map(({ soundness }) => soundness);
  if (all.length === 0) return EXIT.nothingToChange;
  if (all.includes('damaged')) return EXIT.failed;
  return all.includes('doubtful') ? EXIT.degraded : EXIT.ok;
}

const COLOURS: Readonly<Record<SlotReport['soundness'], Colour>> = {
  sound: 'green',
  doubtful: 'yellow',
  damaged: 'red',
};

function formatChecked({ slots, done }: Checked, paint: Paint): string {
  const entries = Object.entries(slots);
  const lines = [
    ...entries.flatMap(([name, report]) => formatReport(name, report, paint)),
    ...(entries.length === 0 ? ['no slot was left behind by a fallback since it was last examined'] : []),
    ...done.flatMap((text) => wrap('done: ', text)),
  ];
  return `${lines.join('\n')}\n`;
}

function formatReport(name: SlotName, { soundness, findings }: SlotReport, paint: Paint): string[] {
  return [
    `${paint(`slot ${name}`, 'bold')} is ${paint(soundness, COLOURS[soundness])}`,
    ...findings.flatMap((finding) => formatFinding(finding, paint)),
  ];
}
