/**
 * Draws the node's day from `lifeboot log --json`: one line a boot, with a bar as long as the boot was up.
 *
 * Pure: the log and the demo's own scenario starts go in, lines come out.
 */
import type { LoggedBoot } from '../test/vm/support/node-view.ts';

export interface Chapter {
  readonly title: string;
  readonly startedMs: number;
}

const MARK: Readonly<Record<string, string>> = { proven: '✔', alive: '~', running: '…', cut: '⚡', outage: '~' };
const BAR_SECONDS = 10;
const BAR_LONGEST = 24;

function clockOf(atMs: number | null): string {
  return atMs === null ? '--:--:--' : new Date(atMs).toISOString().slice(11, 19);
}

function timeOf(boot: LoggedBoot): number | null {
  return boot.startedAt === null ? null : Date.parse(boot.startedAt);
}

/** One boot: time, slot and attempt, how long until the next one, outcome, reason. */
function bootLine(boot: LoggedBoot, endMs: number | null): string {
  const startMs = timeOf(boot);
  const seconds = startMs === null || endMs === null ? 0 : (endMs - startMs) / 1000;
  const bar = '█'.repeat(Math.max(1, Math.min(BAR_LONGEST, Math.round(seconds / BAR_SECONDS))));
  const who = `${boot.slot ?? '?'}${boot.attempt === null ? '' : ` #${boot.attempt}`}`.padEnd(5);
  const proof = boot.proof === null ? '' : ` (${boot.proof})`;
  const why = boot.reason === null ? '' : `: ${boot.reason}`;
  return `  ${clockOf(startMs)}  ${who} ${MARK[boot.outcome] ?? '✘'} ${bar} ${Math.round(seconds)} s, ${boot.outcome}${proof}${why}`;
}

/** The whole timeline; boots stand below the chapter they started in. `endMs`: when the log was read. */
export function drawTimeline(boots: readonly LoggedBoot[], chapters: readonly Chapter[], endMs: number): string[] {
  const lines: string[] = [];
  let chapter = 0;
  boots.forEach((boot, index) => {
    const startMs = timeOf(boot);
    for (
      let next = chapters[chapter];
      next !== undefined && (startMs === null || next.startedMs <= startMs);
      next = chapters[chapter]
    ) {
      lines.push(`${clockOf(next.startedMs)}  ${next.title}`);
      chapter += 1;
      if (startMs === null) break;
    }
    const following = boots[index + 1];
    lines.push(bootLine(boot, following === undefined ? endMs : timeOf(following)));
  });
  return lines;
}
