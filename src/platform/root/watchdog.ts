/**
 * Arms the hardware watchdog before the root is entered: from here until systemd takes it over, a kernel that hangs is
 * reset.
 *
 * Only for systemd, which goes on feeding it (`RuntimeWatchdogSec=`): with any other init it would reset a good system.
 */
import { existsSync, statfsSync } from 'node:fs';
import { tryProgram } from '../exec.ts';
import { whyFailed } from './tools.ts';

/** Enough to open the device and set its time-out; busybox would go on feeding it. */
const SETTING_MS = 500;

/** Magic numbers of what an initramfs is unpacked into (statfs(2)). */
const MEMORY_FILE_SYSTEMS = [0x858458f6, 0x01021994];

/**
 * @param seconds until the reset
 * @param device null: the machine's own, which is left alone on a running system, as when a root is tried out there
 * @returns why it is not armed, or null: it is, or there is nothing to arm
 */
export function armWatchdog(seconds: number, device: string | null): string | null {
  const place = device ?? '/dev/watchdog';
  const isOurs = device !== null || MEMORY_FILE_SYSTEMS.includes(statfsSync('/').type);
  if (seconds <= 0 || !isOurs || !existsSync(place)) return null;
  // Ended by SIGKILL it cannot write the character that would disarm the device.
  const ended = tryProgram(['busybox', 'watchdog', '-T', String(seconds), '-F', place], {
    timeoutMs: SETTING_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return ended.status === null && ended.trouble !== 'program not found' ? null : whyFailed(ended);
}
