/**
 * Moves the deadline that the boot stage left in `/run/systemd/system` (`lifeboot-deadline.timer`).
 *
 * Effects. systemd reads a timer's settings anew when it reloads its units; the timer is never stopped for it, so that
 * at no moment there is no deadline.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deadline } from '../app/ports.ts';
import { runProgram } from './exec.ts';

/** As the boot stage does: the verdict of `confirm` comes first. */
const GRACE_SECONDS = 60;

/** @param systemctl the program and its first arguments */
export function makeDeadline(unitDirectory = '/run/systemd/system', systemctl = ['systemctl']): Deadline {
  return {
    postpone(uptimeSeconds) {
      const folder = join(unitDirectory, 'lifeboot-deadline.timer.d');
      mkdirSync(folder, { recursive: true });
      const setting = `[Timer]\nOnBootSec=\nOnBootSec=${Math.round(uptimeSeconds) + GRACE_SECONDS}s\n`;
      writeFileSync(join(folder, 'postponed.conf'), setting);
      runProgram([...systemctl, 'daemon-reload'], { timeoutMs: 60_000 });
    },
  };
}
