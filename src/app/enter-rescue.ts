/**
 * The end of a boot in which nothing could be booted: rescue, for which the caller in the initramfs is prepared here.
 *
 * Effects: brings the identity into the initramfs, writes boot.json and the order for the shell. Never throws: the shell
 * has its own copies and defaults, and no trouble here may keep the node from its last way to be reached.
 */
import type { BootFacts } from '../core/boot/facts.ts';
import type { BootPlan } from '../core/boot/step.ts';
import { describeError } from '../core/errors.ts';
import { rescueSeconds } from '../core/rescue/rescue-time.ts';
import type { BootState } from '../core/state/state.ts';
import type { Ports } from './ports.ts';

export interface RescueRequest {
  readonly reason: string;
  readonly facts: BootFacts;
  /** null: too many plans failed, there is none. */
  readonly plan: BootPlan | null;
  readonly waitSeconds: number;
}

export function enterRescue(ports: Ports, { reason, facts, plan, waitSeconds }: RescueRequest): void {
  const { config } = facts;
  if (config.rescue === null) return;
  const seconds = rescueSeconds(config.rescue.timeSeconds, roundOf(facts, plan));
  const degraded: string[] = [];
  const survive = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      degraded.push(`${what}: ${describeError(error)}`);
      ports.log.warn(`${what}: ${describeError(error)}, ignoring`);
    }
  };
  survive('cannot tell /init about rescue', () =>
    ports.rescue.order({ reason, seconds, isSaved: savedBy(plan) !== null }),
  );
  survive('cannot bring the identity into rescue', () => {
    const { device, removable } = config.upper;
    degraded.push(...ports.roots.bringIdentity({ files: config.identity.files, device, removable, waitSeconds }));
  });
  survive('cannot write boot.json', () => {
    ports.run.writeBootInfo({
      bootId: facts.bootId,
      slot: null,
      attempt: null,
      mode: 'rescue',
      deploymentId: null,
      partuuid: null,
      serial: null,
      attemptSaved: false,
      degraded,
      trace: plan?.trace ?? [],
      timingsMs: { total: Math.round(ports.machine.monotonicMs()) },
    });
  });
}

/** The round that this plan saves, else the recorded one: of boots, or of the ladder, which asks for rescue without ending one. */
function roundOf({ state }: BootFacts, plan: BootPlan | null): number {
  const known = savedBy(plan) ?? (state.kind === 'valid' ? state.state : null);
  return known === null ? 1 : Math.max(known.round.number, known.ladder.round + 1);
}

function savedBy(plan: BootPlan | null): BootState | null {
  return plan?.steps.find((step) => step.do === 'saveState')?.state ?? null;
}
