/**
 * Looks at the tunnel again and again until it is held, or until the deadline has passed.
 *
 * Effects through the ports: looks, sleeps, says what changed. Judging and timing are pure, in `core/judge`. The deadline
 * counts from the start of the kernel, because a boot that takes long has had its time.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import { type Hold, judgeHold, type Look, recentLooks } from '../core/judge/hold.ts';
import type { TunnelSample } from '../core/judge/sample.ts';
import type { Verdict } from '../core/judge/verdict.ts';
import { pauseMs, stretchForBusy, type Wait } from '../core/judge/wait-times.ts';
import type { ProofLevel } from '../core/slot.ts';
import type { Ports, VerdictFile } from './ports.ts';

export type ProofEnd =
  | { readonly kind: 'proven'; readonly level: ProofLevel; readonly notes: readonly string[] }
  | ({ readonly kind: 'unproven' } & Verdict)
  /** Someone else gave the verdict meanwhile: `mark good`, `proof BOOTID`. */
  | { readonly kind: 'given'; readonly verdict: VerdictFile };

export function waitForProof(ports: Ports, config: Config, bootId: string): ProofEnd {
  const holdMs = config.confirm.holdSeconds * 1000;
  let wait: Wait = { deadlineSeconds: config.confirm.deadlineSeconds, stretched: false };
  let looks: readonly Look[] = [];
  let said = '';
  for (;;) {
    const verdict = ports.run.readVerdict();
    if (verdict !== null) return { kind: 'given', verdict };
    const fromMs = ports.machine.monotonicMs();
    const sample = look(ports, config, bootId);
    const atMs = ports.machine.monotonicMs();
    looks = recentLooks([...looks, { atMs, good: sample.kind === 'proven' }], holdMs);
    if (describe(sample) !== said) ports.log.info(describe(sample));
    said = describe(sample);
    const hold = judgeHold(looks, holdMs);
    if (hold.held && sample.kind === 'proven') return { kind: 'proven', level: sample.level, notes: sample.notes };
    if (ports.machine.uptimeSeconds() >= wait.deadlineSeconds) {
      const stretched = stretchForBusy(wait, sample, config.confirm.busySeconds);
      if (stretched === wait) return { kind: 'unproven', ...describeEnd(sample, hold, wait, config) };
      wait = stretched;
      postpone(ports, wait);
    }
    const leftMs = (wait.deadlineSeconds - ports.machine.uptimeSeconds()) * 1000;
    ports.machine.sleep(pauseMs(sample, atMs - fromMs, leftMs));
  }
}

function look(ports: Ports, { tunnel }: Config, bootId: string): TunnelSample {
  if (tunnel !== null) return ports.tunnel.sample(tunnel, bootId);
  return { kind: 'unproven', why: 'the configuration has no [tunnel], and only the tunnel can prove a boot' };
}

function describe(sample: TunnelSample): string {
  if (sample.kind === 'proven') return [`the tunnel answers at level '${sample.level}'`, ...sample.notes].join('; ');
  return `the tunnel is not proven: ${sample.why}`;
}

function describeEnd(sample: TunnelSample, hold: Hold, wait: Wait, config: Config): Verdict {
  const minutes = Math.round(wait.deadlineSeconds / 6) / 10;
  const stretch = wait.stretched ? ', the time for a busy server included' : '';
  const lately = `good looks lately: ${hold.good} of ${hold.total}`;
  const within = `no proof within ${minutes} min${stretch}`;
  if (sample.kind === 'proven') {
    const reason = `${within}: the tunnel answers, but was not held for ${config.confirm.holdSeconds} s (${lately})`;
    return { outcome: 'no-tunnel', reason };
  }
  const outcome = sample.kind === 'unproven' ? 'no-tunnel' : sample.kind;
  return { outcome, reason: `${within}: ${sample.why} (${lately})` };
}

/** The boot stage's deadline must not come first. When it cannot be moved, it does: that is its job. */
function postpone(ports: Ports, wait: Wait): void {
  ports.log.info(`the server is busy: waiting until ${wait.deadlineSeconds} s after the start of the kernel`);
  try {
    ports.deadline.postpone(wait.deadlineSeconds);
  } catch (error) {
    ports.log.warn(`cannot move the deadline, which will reboot this node first: ${describeError(error)}, ignoring`);
  }
}
