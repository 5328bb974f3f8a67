/**
 * Durations as people write them for systemd: `15min`, `2h 30min`, `90`.
 *
 * Pure. Source: systemd.time(7), "Parsing time spans". Months and years are left out: nothing here waits that long.
 */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  us: 1e-6,
  usec: 1e-6,
  ms: 1e-3,
  msec: 1e-3,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
  w: 604_800,
  week: 604_800,
  weeks: 604_800,
};

/**
 * @param text one or more numbers with units; a number without a unit counts seconds
 * @returns seconds, or null when `text` is not a duration
 */
export function parseDuration(text: string): number | null {
  let rest = text.trim();
  if (rest === '') return null;
  let seconds = 0;
  // One part at a time: a single expression for the whole of it takes exponential time on a long number with a typo.
  while (rest !== '') {
    const [part = '', number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*/.exec(rest) ?? [];
    const factor = unit === '' ? 1 : UNIT_SECONDS[unit];
    if (part === '' || factor === undefined || !Object.hasOwn(UNIT_SECONDS, unit || 's')) return null;
    seconds += Number(number) * factor;
    rest = rest.slice(part.length);
  }
  return seconds;
}

/** `125` → `2min 5s`: the longest units first, nothing below a second. */
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
