/**
 * `make demo [SCENARIO=1,2,…]`: builds a real node, gives it a bad day in QEMU, and looks in through its tunnel.
 *
 * Invariant: the exit code is 0 only when every step of every chosen scenario was seen.
 */

import type { BootFacts } from '../test/vm/support/node-view.ts';
import { say, title } from './events.ts';
import { shortAttempts, shortened } from './node-config.ts';
import { prepareNode } from './prepare.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { Stage } from './stage.ts';
import { type Chapter, drawTimeline } from './timeline.ts';

/** The chosen scenarios in their order; the first boot comes before any other. */
function chooseScenarios(words: readonly string[]): readonly Scenario[] {
  const numbers = words
    .flatMap((word) => word.split(','))
    .filter((word) => word !== '')
    .map(Number);
  const unknown = numbers.filter((number) => !scenarios.some((scenario) => scenario.number === number));
  if (unknown.length > 0)
    throw new Error(`no such scenario: ${unknown.join(', ')} (there are 1 to ${scenarios.length})`);
  return numbers.length === 0 ? scenarios : scenarios.filter(({ number }) => number === 1 || numbers.includes(number));
}

function announce(): void {
  const changes = shortened.map(({ key, value, standard }) => `${key} ${value} instead of ${standard}`);
  say('demo', `the node's configuration is shortened for this: ${changes.join(', ')}`);
  say(
    'demo',
    `trials that last to their deadline get ${shortAttempts} attempt (lifeboot state set slots.SLOT.limit ${shortAttempts})`,
  );
}

async function playAll(stage: Stage, chosen: readonly Scenario[], chapters: Chapter[]): Promise<void> {
  let boot: BootFacts | undefined;
  for (const scenario of chosen) {
    const startedMs = Date.now();
    title(`${scenario.number}. ${scenario.title}`);
    chapters.push({ title: `${scenario.number}. ${scenario.title}`, startedMs });
    boot = await scenario.run(stage, boot);
    say('demo', `scenario ${scenario.number} seen, ${Math.round((Date.now() - startedMs) / 1000)} s`);
  }
}

async function main(): Promise<void> {
  const chosen = chooseScenarios(process.argv.slice(2));
  title('getting ready');
  const node = prepareNode();
  announce();
  const stage = await Stage.open(node);
  const chapters: Chapter[] = [];
  try {
    await playAll(stage, chosen, chapters);
  } finally {
    title("the node's day, from its own log (lifeboot log --json, read through the tunnel)");
    for (const line of drawTimeline([...stage.boots.values()], chapters, Date.now())) console.log(line);
    await stage.close();
  }
  title(`every step of scenario ${chosen.map(({ number }) => number).join(', ')} was seen`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
main().catch((error: unknown) => {
  say('demo', `FAILED: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof Error && error.cause !== undefined) say('demo', `because: ${String(error.cause)}`);
  process.exitCode = 1;
});
