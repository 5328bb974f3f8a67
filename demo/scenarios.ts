/**
 * A node's bad day: nine scenarios, each beginning with a proven node and ending with one.
 *
 * Effects through the stage only. Each works alone, on a disk where nothing but scenario 1 has happened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootFacts } from '../test/vm/support/node-view.ts';
import { bootsSince, expect, expectProven, expectSpent, expectTrialThenHome } from './checks.ts';
import { say } from './events.ts';
import { configuredAttempts, shortAttempts } from './node-config.ts';
import type { Report, Stage } from './stage.ts';
import type { SlotLetter, Upgrade } from './upgrades.ts';
import * as upgrades from './upgrades.ts';

export interface Scenario {
  readonly number: number;
  readonly title: string;
  /** `from` is the proven boot it begins with (absent in the first); returns the proven boot it ends with. */
  run(stage: Stage, from: BootFacts | undefined): Promise<BootFacts>;
}

const MINUTE = 60_000;

function homeOf(from: BootFacts | undefined): { home: SlotLetter; other: SlotLetter; bootId: string } {
  if (from === undefined || (from.slot !== 'a' && from.slot !== 'b'))
    throw new Error('the node runs neither slot a nor slot b');
  return { home: from.slot, other: from.slot === 'a' ? 'b' : 'a', bootId: from.bootId };
}

interface Move {
  readonly home: SlotLetter;
  readonly other: SlotLetter;
}

async function layAndReboot(stage: Stage, { home, other }: Move, upgrade: Upgrade, attempts: number): Promise<void> {
  const what = upgrade.fault === '' ? 'a good one' : `broken: ${upgrade.fault}`;
  say('far end', `write upgrade '${upgrade.version}' to slot ${other} (${what}); lifeboot switch ${other}`);
  await stage.changeAndReboot(upgrades.layUpgrade(home, other, upgrade, attempts));
}

/** Shows the status that the node told through its tunnel, and checks it. */
function confirmStatus({ status, shown }: Report, slot: SlotLetter, boot: BootFacts): void {
  say('far end', 'lifeboot status');
  say('far end', shown);
  expectProven(status, slot, boot.bootId);
}

/** A broken upgrade: on trial, its attempts are used up, and the node is back home. `signs` must appear on the console meanwhile. */
function brokenUpgrade(
  upgrade: Upgrade,
  attempts: number,
  limitMs: number,
  signs: readonly RegExp[] = [],
): Scenario['run'] {
  return async (stage, from) => {
    const { home, other, bootId } = homeOf(from);
    const mark = stage.guest.mark();
    await layAndReboot(stage, { home, other }, upgrade, attempts);
    const boot = await stage.untilDecided(home, bootId, limitMs);
    for (const sign of signs) {
      expect(
        stage.guest.lines.slice(mark).some((line) => sign.test(line.text)),
        `${sign} on the console`,
      );
    }
    const report = await stage.report();
    expectSpent(report.status, other);
    expectTrialThenHome(bootsSince(report.log, bootId), other, attempts, home);
    confirmStatus(report, home, boot);
    return boot;
  };
}

async function firstBoot(stage: Stage): Promise<BootFacts> {
  const startedMs = Date.now();
  stage.powerOn();
  const boot = await stage.untilDecided('a', undefined, 6 * MINUTE);
  stage.setPace((Date.now() - startedMs) / 1000);
  confirmStatus(await stage.report(), 'a', boot);
  return boot;
}

async function goodUpgrade(stage: Stage, from: BootFacts | undefined): Promise<BootFacts> {
  const { home, other, bootId } = homeOf(from);
  await layAndReboot(stage, { home, other }, upgrades.goodUpgrade('2.0'), configuredAttempts);
  const boot = await stage.untilDecided(other, bootId, 4 * MINUTE);
  const report = await stage.report();
  const boots = bootsSince(report.log, bootId);
  expect(boots.length === 1 && boots[0]?.outcome === 'proven', `one proven boot of slot '${other}' in the log`);
  confirmStatus(report, other, boot);
  return boot;
}

async function powerCut(stage: Stage, from: BootFacts | undefined): Promise<BootFacts> {
  const { home, other, bootId } = homeOf(from);
  const mark = stage.guest.mark();
  await layAndReboot(stage, { home, other }, upgrades.goodUpgrade('2.1'), configuredAttempts);
  await stage.guest.waitForLine(new RegExp(`lifeboot: slot ${other} is chosen: trial`), 3 * MINUTE, mark);
  await sleep(10_000);
  await stage.powerCut();
  stage.powerOn();
  const boot = await stage.untilDecided(other, bootId, 4 * MINUTE);
  const report = await stage.report();
  const boots = bootsSince(report.log, bootId);
  expect(
    boots.length === 2 && boots[0]?.slot === other && boots[0].outcome !== 'proven',
    'the boot that was cut, in the log',
  );
  confirmStatus(report, other, boot);
  return boot;
}

async function noise(stage: Stage, from: BootFacts | undefined): Promise<BootFacts> {
  const { home, other, bootId } = homeOf(from);
  say('far end', `lifeboot switch ${other}; then its flash dies: dd of noise over slot ${other}`);
  const mark = stage.guest.mark();
  await stage.changeAndReboot(upgrades.overwriteWithNoise(other));
  const boot = await stage.untilDecided(home, bootId, 4 * MINUTE);
  const starts = stage.guest.lines.slice(mark).filter((line) => /Linux version \S+/.test(line.text)).length;
  expect(starts === 1, `one kernel start: fallback without a reboot (${starts} seen)`);
  const report = await stage.report();
  const boots = bootsSince(report.log, bootId);
  expectTrialThenHome(boots, other, 1, home);
  expect(boots[0]?.bootId === boot.bootId, `slot '${other}' was given up in the same boot`);
  confirmStatus(report, home, boot);
  return boot;
}

export const scenarios: readonly Scenario[] = [
  { number: 1, title: 'slot a boots, its tunnel is proven, it is marked good', run: firstBoot },
  {
    number: 2,
    title: 'an upgrade whose network is broken',
    run: brokenUpgrade(upgrades.brokenNetwork, shortAttempts, 8 * MINUTE),
  },
  {
    number: 3,
    title: 'an upgrade whose init crashes at once',
    run: brokenUpgrade(upgrades.tornInit, configuredAttempts, 6 * MINUTE, [/Kernel panic - not syncing/]),
  },
  { number: 4, title: 'a good upgrade is proven and stays', run: goodUpgrade },
  { number: 5, title: 'the power is cut in the middle of a trial boot', run: powerCut },
  { number: 6, title: "the other slot's root is overwritten with noise", run: noise },
  {
    number: 7,
    title: 'an upgrade with a bad fstab line ends in emergency mode',
    run: brokenUpgrade(upgrades.badFstab, shortAttempts, 7 * MINUTE, [/You are in emergency mode|emergency/i]),
  },
  {
    number: 8,
    title: 'an upgrade without lifeboot',
    run: brokenUpgrade(upgrades.withoutLifeboot, shortAttempts, 8 * MINUTE),
  },
  {
    number: 9,
    title: 'an upgrade whose systemd crashes after 20 s',
    run: brokenUpgrade(upgrades.crashingSystemd, shortAttempts, 6 * MINUTE, [/crash\.service: kill -SEGV 1/]),
  },
];
