/**
 * `[tend]`: when the recovery ladder takes which rung, and how often in a round.
 *
 * Pure. Each time counts from when the tunnel went away in the running boot. The defaults are those of a field fleet:
 * services after a quarter of an hour and after half an hour, a reboot before the hour is over, then the next way.
 */
import * as v from 'valibot';
import { RUNGS, type Rung } from '../ladder/rungs.ts';
import type { TendConfig } from './config.ts';
import { duration, text, wholeNumber } from './values.ts';

const DEFAULT_AFTER: Readonly<Record<Rung, string>> = {
  tunnel: '15min',
  network: '30min',
  reboot: '3400s',
  clean: '3400s',
  other: '3500s',
  recovery: '3500s',
  snapshot: '3500s',
  rescue: '3500s',
};

/** What networks are run by; a unit that does not run is left alone. */
const NETWORK_UNITS = [
  'NetworkManager.service',
  'ModemManager.service',
  'systemd-networkd.service',
  'systemd-resolved.service',
  'networking.service',
  'connman.service',
  'dhcpcd.service',
];

const rung = (name: Rung) =>
  v.optional(
    v.strictObject({
      after: v.optional(duration('1min', '7d'), DEFAULT_AFTER[name]),
      count: v.optional(wholeNumber(0, 10), 1),
    }),
    {},
  );

const unit = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9:_.@][A-Za-z0-9:_.@\\-]*\.(service|target|socket)$/, "a unit such as 'NetworkManager.service'"),
);

export const tend = v.strictObject({
  /** How long a proven tunnel that did not change needs no further proof. */
  look: v.optional(duration('30s', '1h'), '5min'),
  /** How long the tunnel must be back before a trial that was held in an outage is offered again. */
  again: v.optional(duration('1min', '7d'), '1h'),
  /** Between the first round without a tunnel and the next; doubled each time. */
  pause: v.optional(duration('1min', '7d'), '6h'),
  network_units: v.optional(v.array(unit, 'a list of units'), NETWORK_UNITS),
  tunnel: rung('tunnel'),
  network: rung('network'),
  reboot: rung('reboot'),
  clean: rung('clean'),
  other: rung('other'),
  recovery: rung('recovery'),
  snapshot: rung('snapshot'),
  rescue: rung('rescue'),
});

export function shapeTend(raw: v.InferOutput<typeof tend>): TendConfig {
  const rungs = RUNGS.map((name) => [name, { afterSeconds: raw[name].after, count: raw[name].count }] as const);
  return {
    lookSeconds: raw.look,
    againSeconds: raw.again,
    pauseSeconds: raw.pause,
    networkUnits: raw.network_units,
    rungs: Object.fromEntries(rungs) as TendConfig['rungs'],
  };
}
