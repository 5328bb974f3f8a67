/**
 * The heartbeat: called wherever the tunnel was looked at, and beats only where it was proven.
 *
 * Effects through the port `Heartbeat`. Nothing stays resident for it: `confirm` gives the first beat, each `tend` the next.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import type { Ports } from './ports.ts';

/**
 * Never throws: a pin that is stuck must not keep a proof from being recorded.
 * @param isProven what the look has shown; a beat without it would vouch for a node that nobody can reach
 */
export function beatIfProven(ports: Pick<Ports, 'heartbeat' | 'log'>, config: Config, isProven: boolean): void {
  const path = config.watchdog.heartbeat;
  if (path === null || !isProven) return;
  try {
    ports.heartbeat.beat(path);
  } catch (error) {
    ports.log.warn(`${describeError(error)}, ignoring`);
  }
}
