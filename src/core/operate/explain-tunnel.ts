/**
 * What is known of the tunnel beyond this boot, in words: an outage, trials that wait for its end, the ladder.
 *
 * Pure. It lives from the boot state and from what `tend` remembers of this boot; nothing to tell is an empty list.
 */
import { attemptLimit } from '../boot/limits.ts';
import type { Config } from '../config/config.ts';
import { formatDuration } from '../duration.ts';
import type { TendMemory } from '../ladder/link.ts';
import { pauseSeconds } from '../ladder/plan-tend.ts';
import type { Purpose } from '../ladder/rungs.ts';
import type { SlotName } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

export function explainTunnel(state: BootState | null, memory: TendMemory | null, config: Config): readonly string[] {
  const slots = Object.entries(state?.slots ?? {});
  return [
    ...(state === null ? [] : [...explainOutage(state), ...explainSettings(state)]),
    ...slots.flatMap(([name, slot]) => explainTrial(name, slot, state, config)),
    ...explainAway(memory),
    ...(state === null ? [] : explainLadder(state, config)),
  ];
}

function explainOutage({ outage }: BootState): readonly string[] {
  if (outage === null) return [];
  const since = outage.since === null ? 'since a time that is not known' : `since ${outage.since}`;
  const who = `slot ${outage.slot}, which was proven before, could not prove itself`;
  return [`an outage ${since}: ${who}; a trial that has no tunnel now is not to blame`];
}

function explainSettings({ settingsNote = null }: BootState): readonly string[] {
  return settingsNote === null ? [] : [settingsNote];
}

function explainTrial(name: SlotName, slot: SlotState, state: BootState | null, config: Config): readonly string[] {
  if (slot.health !== 'trial') return [];
  if (slot.held !== null) {
    const again = formatDuration(config.tend.againSeconds);
    return [`slot ${name} is held back: ${slot.held}; it is offered again when the tunnel has been back for ${again}`];
  }
  if (slot.attempts < attemptLimit(slot, config)) return [];
  const witness = state?.order.find((each) => state.slots[each]?.health === 'good');
  const used = `slot ${name} used its ${slot.attempts} attempts without a proof`;
  return [
    witness === undefined
      ? `${used}; no slot was proven yet, so nobody knows whether that was its fault`
      : `${used}; it is bad when slot ${witness} proves itself, and tried again when that one cannot either`,
  ];
}

function explainAway(memory: TendMemory | null): readonly string[] {
  if (memory === null || memory.away === 0) return [];
  const restarted = memory.taken.map((rung) => (rung === 'tunnel' ? 'the tunnel' : 'the services of the network'));
  const done = restarted.length === 0 ? '' : `; restarted in this boot: ${restarted.join(', ')}`;
  return [`no tunnel for ${formatDuration(memory.away)} in this boot${done}`];
}

const WAYS: Readonly<Record<Purpose, string>> = {
  tunnel: 'the tunnel restarted',
  network: 'the services of the network restarted',
  reboot: 'a reboot',
  clean: 'a clean boot',
  other: 'another slot',
  recovery: 'the recovery slot',
  snapshot: 'a snapshot',
  rescue: 'rescue',
  return: 'back to the slot that proved itself last',
};

function explainLadder({ ladder }: BootState, config: Config): readonly string[] {
  const { round, taken, next } = ladder;
  const tried =
    taken.length === 0 ? [] : [`tried since the tunnel went away: ${taken.map((rung) => WAYS[rung]).join(', ')}`];
  const pause = formatDuration(pauseSeconds(round, config));
  const rounds =
    round === 0
      ? []
      : [`${round} full ${round === 1 ? 'round' : 'rounds'} without a tunnel; the next begins after ${pause}`];
  const boot =
    next === null ? [] : [`the next boot is ${WAYS[next.purpose]}${next.slot === null ? '' : ` (slot ${next.slot})`}`];
  return [...rounds, ...tried, ...boot];
}
