/** `confirm` on a node in memory. Slot b is on trial and running, a and r are proven, unless a test says otherwise. */
import type { Sentence } from '../../src/app/give-verdict.ts';
import type { Ports } from '../../src/app/ports.ts';
import type { CheckResult, TunnelSample } from '../../src/core/judge/sample.ts';
import { bootInfo, CONFIG_TEXT, type FakeSetup, fakeNode, someState, whileRunning } from './fake-ports.ts';

export const CONFIG = `${CONFIG_TEXT}
[tunnel]
host = "bastion.example.org"
user = "node-W023"
forward = "0:localhost:22"
`;

export const GOOD: TunnelSample = { kind: 'proven', level: 'loop', notes: [] };
export const NONE: TunnelSample = { kind: 'unproven', why: 'no ssh master' };
export const BUSY: TunnelSample = { kind: 'busy', why: 'the server refused the forward' };
export const CLOCK: TunnelSample = { kind: 'clock', why: 'not yet valid' };

interface Setup extends FakeSetup {
  /** What a look shows, by the seconds since the kernel started. */
  readonly tunnel?: (uptimeSeconds: number) => TunnelSample;
  readonly checks?: (uptimeSeconds: number) => readonly CheckResult[];
  readonly bootedSlot?: string;
  readonly lookSeconds?: number;
}

/** A node whose clock moves only by sleeping and looking, so a quarter of an hour takes no time. */
export function node(setup: Setup) {
  const events: string[] = [];
  /** How many saves came before what cannot be taken back. */
  const order: string[] = [];
  let seconds = 40;
  const fake = fakeNode({
    config: CONFIG,
    info: bootInfo({ slot: setup.bootedSlot ?? 'b', deploymentId: 'bbbb' }),
    state: whileRunning(someState(), setup.bootedSlot ?? 'b'),
    ...setup,
  });
  const ports: Ports = {
    ...fake.ports,
    run: {
      ...fake.ports.run,
      writeVerdict(verdict) {
        order.push(`verdict after ${fake.saves.length}`);
        fake.ports.run.writeVerdict(verdict);
      },
    },
    tunnel: {
      ...fake.ports.tunnel,
      sample() {
        events.push(`look at ${Math.round(seconds)}`);
        seconds += setup.lookSeconds ?? 1;
        return setup.tunnel?.(seconds) ?? NONE;
      },
    },
    checks: { run: () => setup.checks?.(seconds) ?? [] },
    deadline: { postpone: (to) => void events.push(`deadline to ${to}`) },
    machine: {
      ...fake.ports.machine,
      monotonicMs: () => seconds * 1000,
      uptimeSeconds: () => seconds,
      sleep(ms) {
        seconds += ms / 1000;
      },
      rebootNow(reason) {
        order.push(`reboot after ${fake.saves.length}`);
        events.push(`reboot: ${reason}`);
      },
    },
    saveIdentity: (files) => {
      events.push(`identity: ${files.length > 0}`);
      return [];
    },
  };
  const looks = () => events.filter((event) => event.startsWith('look')).map((event) => Number(event.slice(8)));
  const others = () => events.filter((event) => !event.startsWith('look'));
  return {
    ...fake,
    ports,
    looks,
    order,
    others,
    slot: (name: string) => fake.state().slots[name],
    last: () => fake.state().history.at(-1),
  };
}

/** How it ended, in two words. */
export const outcomeOf = (sentence: Sentence): string =>
  sentence.kind === 'verdict' ? `${sentence.verdict.outcome}, ${sentence.next}` : sentence.kind;
export const failing: CheckResult = { name: '10-disk', required: true, passed: false, why: 'disk full', seconds: 1 };
