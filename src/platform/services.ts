/**
 * The service manager, as far as the recovery ladder needs it: systemd.
 *
 * Runs systemctl. Where the init is another one, the ladder goes on without these rungs.
 */
import type { Services } from '../app/ports.ts';
import { BootError } from '../core/errors.ts';
import { tryProgram } from './exec.ts';

/** A unit that does not stop is killed by systemd after 90 s by default. */
const RESTART_MS = 180_000;

export function makeServices(): Services {
  return {
    restart: (unit) => ask(['restart', '--', unit]),
    restartRunning: (units) => ask(['try-restart', '--', ...units]),
  };
}

function ask(words: readonly string[]): void {
  const asked = tryProgram(['systemctl', '--no-ask-password', ...words], { timeoutMs: RESTART_MS });
  if (asked.status === 0) return;
  const [said = ''] = asked.stderr.trim().split('\n');
  const how = asked.trouble ?? (said === '' ? `status ${asked.status}` : said);
  throw new BootError('UNAVAILABLE', `'systemctl ${words.join(' ')}' failed: ${how}`);
}
