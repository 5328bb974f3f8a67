/**
 * What follows from the end of the wait: the slot is good, or the verdict is recorded and the node stays or reboots.
 *
 * Effects in this order: (1) the boot state, durable; (2) the verdict file, which stops the deadline, or the reboot;
 * (3) what may fail without harm. Swapping 1 and 2 would let a power cut lose a proof that the deadline believed.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import { markProven } from '../core/judge/mark-proven.ts';
import { isCondemned, type RunningBoot } from '../core/judge/running-boot.ts';
import { recordVerdict, staysAfterVerdict, type Verdict, verdictOn } from '../core/judge/verdict.ts';
import type { Health, ProofLevel, SlotName } from '../core/slot.ts';
import { beatIfProven } from './beat.ts';
import { keepIdentity } from './keep-identity.ts';
import type { Ports, VerdictFile } from './ports.ts';
import { recordBoot } from './record-boot.ts';

/** The boot that is judged. */
export interface Subject {
  readonly bootId: string;
  readonly slot: SlotName | null;
  /** Null in a fallback boot, which no record knows. */
  readonly boot: RunningBoot | null;
  /** Null when no record can be read. */
  readonly health: Health | null;
  readonly config: Config;
}

interface Named {
  readonly bootId: string;
  readonly slot: SlotName | null;
}

export type Sentence = Named &
  (
    | { readonly kind: 'proven'; readonly level: ProofLevel; readonly notes: readonly string[] }
    /** It had its verdict before. */
    | { readonly kind: 'given'; readonly verdict: VerdictFile }
    /** `next`: the node stays, reboots now, or waits for the deadline of the boot stage. */
    | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly next: 'stay' | 'reboot' | 'deadline' }
  );

/** @throws BootError what kept the proof from being recorded; the verdict file is there all the same */
export function markThisProven(ports: Ports, subject: Subject, level: ProofLevel, notes: readonly string[]): Sentence {
  const { boot, config, bootId, slot } = subject;
  const at = ports.machine.now();
  const trouble =
    boot === null
      ? null
      : tryTo(() => {
          recordBoot(ports, config, boot, (state) =>
            isCondemned(state, boot) ? state : markProven(state, boot, { level, at }, config),
          );
        });
  const reason = [`the tunnel was proven at level '${level}'`, ...notes].join('; ');
  ports.run.writeVerdict({ outcome: 'proven', reason, at });
  beatIfProven(ports, config, true);
  if (trouble !== null) {
    ports.log.warn(`the tunnel is proven, so this node stays up, but the proof is not recorded`);
    throw trouble.error;
  }
  for (const line of keepIdentity(ports, config)) ports.log.info(line);
  return { bootId, slot, kind: 'proven', level, notes };
}

/**
 * Records that the boot is not proven. A good slot stays, everything else takes another way; without a record, or in a
 * fallback boot, the boot stage's deadline decides.
 */
export function giveVerdict(ports: Ports, subject: Subject, found: Verdict): Sentence {
  const { boot, config, bootId, slot } = subject;
  const at = ports.machine.now();
  let verdict: Verdict = { outcome: found.outcome, reason: found.reason };
  let stays = false;
  const trouble =
    boot === null
      ? null
      : tryTo(() => {
          recordBoot(ports, config, boot, (state) => {
            stays = staysAfterVerdict(state, boot, verdict);
            const judged = recordVerdict(state, boot, verdict, at);
            verdict = verdictOn(judged, boot) ?? verdict;
            return judged;
          });
        });
  if (trouble !== null) ports.log.warn(`cannot record the verdict: ${describeError(trouble.error)}, ignoring`);
  const next = boot === null || subject.health === null ? 'deadline' : stays ? 'stay' : 'reboot';
  const { outcome, reason } = verdict;
  if (next === 'stay') ports.run.writeVerdict({ outcome, reason, at });
  if (next === 'reboot') {
    ports.log.warn(`rebooting: ${reason}`);
    ports.machine.rebootNow(`lifeboot: ${reason}`);
  }
  return { bootId, slot, kind: 'verdict', verdict, next };
}

function tryTo(work: () => void): { readonly error: unknown } | null {
  try {
    work();
    return null;
  } catch (error) {
    return { error };
  }
}
