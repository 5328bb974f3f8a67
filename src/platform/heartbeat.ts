/**
 * One beat for whoever watches the node from outside: a pin changes its level, or a file is written.
 *
 * Invariant: nothing is followed out of the named place, because the kernel command line may name it.
 */
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Heartbeat } from '../app/ports.ts';
import { BootError } from '../core/errors.ts';

/** @param sysGpio `/sys/class/gpio` */
export function makeHeartbeat(uptimeSeconds: () => number, sysGpio = '/sys/class/gpio'): Heartbeat {
  return {
    beat(path) {
      const pin = /^\/sys\/class\/gpio\/gpio(\d+)\/value$/.exec(path)?.[1];
      try {
        if (pin === undefined) writeBeat(path, `${uptimeSeconds()}\n`);
        else togglePin(pin, sysGpio);
      } catch (cause) {
        throw new BootError('IO', `cannot make the heartbeat '${path}'`, {
          cause,
          hint:
            pin === undefined ? 'its directory must be there' : 'the kernel needs GPIO_SYSFS, and the pin must be free',
        });
      }
    },
  };
}

/** The time makes every beat another content. */
function writeBeat(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** A watching box counts edges: either level may be the one that lasts. */
function togglePin(pin: string, sysGpio: string): void {
  const place = join(sysGpio, `gpio${pin}`);
  if (!existsSync(place)) writeFileSync(join(sysGpio, 'export'), pin);
  if (readFileSync(join(place, 'direction'), 'utf8').trim() !== 'out') writeFileSync(join(place, 'direction'), 'out');
  const level = readFileSync(join(place, 'value'), 'utf8').trim();
  writeFileSync(join(place, 'value'), level === '1' ? '0' : '1');
}
