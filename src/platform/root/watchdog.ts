/**
 * Arms the hardware watchdog before the root is entered: from here until systemd takes it over, a kernel that hangs is
 * reset.
 *
 * Only for systemd, which goes on feeding it (`RuntimeWatchdogSec=`): with any other init it would reset a good system.
 */
import { existsSync } from 'node:fs';
import { tryProgram } from '../exec.ts';
import { whyFailed } from './tools.ts';

/** Enough to open the device and set its time-out; busybox would go on feeding it. */
const SETTING_MS = 500;

/**
 * @param seconds until the reset; @param device such as `/dev/watchdog`; without one there is nothing to arm
 * @returns why it is not armed, or null
 */
export function armWatchdog(seconds: number, device: string): string | null {
  if (seconds <= 0 || !existsSync(device)) return null;
  // Ended by SIGKILL it cannot write the character that would disarm the device.
  const ended = tryProgram(['busybox', 'watchdog', '-T', String(seconds), '-F', device], {
    timeoutMs: SETTING_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return ended.status === null && ended.trouble !== 'program not found' ? null : whyFailed(ended);
}
