/**
 * The initramfs stage: gather facts, plan, run; a step that fails becomes a fact and the plan is made again.
 *
 * Invariant: it always ends, with a root to enter, with a reboot, or with word that nothing can be booted. The caller,
 * a shell, has an answer to each and to a lifeboot that does not come back.
 */
import type { BootFacts, FoundBase, SlotFailure } from '../core/boot/facts.ts';
import { planBoot } from '../core/boot/plan-boot.ts';
import type { BootPlan, Step } from '../core/boot/step.ts';
import { BootError, describeError } from '../core/errors.ts';
import type { Mode, SlotName } from '../core/slot.ts';
import { VERSION } from '../core/version.ts';
import { enterRescue } from './enter-rescue.ts';
import { type Gathered, gatherFacts } from './gather-facts.ts';
import type { Ports } from './ports.ts';
import { type RootInHand, runStep } from './run-step.ts';

export type BootResult =
  /** The root is assembled, `boot.json` is written and the init is named. */
  | { readonly kind: 'entered'; readonly slot: SlotName }
  | { readonly kind: 'reboot'; readonly reason: string }
  | { readonly kind: 'rescue'; readonly reason: string };

/** More plans than any set of slots can need: a loop here would be a node that never comes up. */
const MAX_PLANS = 100;

const LONGEST_WAIT_SECONDS = 120;

type Outcome = BootResult | { readonly kind: 'again'; readonly facts: BootFacts };

export function boot(ports: Ports): BootResult {
  const startedMs = ports.machine.monotonicMs();
  const gathered = gatherFacts(ports);
  const gatheredMs = ports.machine.monotonicMs();
  const run = new BootRun(ports, gathered, { startedMs, gatheredMs });
  let facts = gathered.facts;
  for (let count = 0; count < MAX_PLANS; count += 1) {
    const plan = planBoot(facts);
    const outcome = run.follow(plan, facts);
    if (outcome.kind !== 'again') return outcome;
    facts = outcome.facts;
  }
  return run.rescue(`${MAX_PLANS} plans in a row failed`, null, facts);
}

/** One boot: what is in hand between two plans. */
class BootRun {
  private readonly ports: Ports;
  private readonly gathered: Gathered;
  private readonly times: { readonly startedMs: number; readonly gatheredMs: number };
  private readonly said = new Set<string>();
  private hand: RootInHand = emptyHand();
  private mounted: SlotName | null = null;

  constructor(ports: Ports, gathered: Gathered, times: { startedMs: number; gatheredMs: number }) {
    this.ports = ports;
    this.gathered = gathered;
    this.times = times;
  }

  /** Runs the plan to its end, or to the first step that teaches something. */
  follow(plan: BootPlan, facts: BootFacts): Outcome {
    for (const line of plan.trace) this.say(line);
    // What was learned of one slot may make another the first: nothing of the one is left under the other.
    if (this.mounted !== null && this.mounted !== plan.slot) this.letGo();
    for (const step of plan.steps) {
      if (step.do === 'reboot') return { kind: 'reboot', reason: step.reason };
      if (step.do === 'enterRescue') return this.rescue(step.reason, plan, facts);
      if (step.do === 'mountBase' && this.mounted === step.slot) continue;
      if (step.do === 'mountLayers' && this.hand.base?.stack !== undefined) continue;
      const learned = this.attempt(step, plan, facts);
      if (learned !== null) return { kind: 'again', facts: learned };
    }
    return { kind: 'entered', slot: plan.slot ?? '' };
  }

  /** Nothing can be booted: what the shell needs for rescue is left for it. */
  rescue(reason: string, plan: BootPlan | null, facts: BootFacts): BootResult {
    this.ports.roots.release();
    enterRescue(this.ports, { reason, facts, plan, waitSeconds: this.waitSeconds(facts) });
    return { kind: 'rescue', reason };
  }

  /** @returns the facts that the step has changed, or null to go on */
  private attempt(step: Step, plan: BootPlan, facts: BootFacts): BootFacts | null {
    try {
      runStep(step, {
        ports: this.ports,
        config: facts.config,
        store: this.gathered.store,
        state: facts.state.kind === 'valid' ? facts.state.state : null,
        hand: this.hand,
        waitSeconds: this.waitSeconds(facts),
        handOver: (slot, attempt, mode) => this.handOver(plan, facts, { slot, attempt, mode }),
      });
    } catch (error) {
      return this.failed(step, plan, facts, error);
    }
    if (step.do === 'mountBase') return this.identified(step.slot, facts);
    if (step.do === 'mountLayers') return this.compared(step.slot, plan, facts);
    return null;
  }

  /**
   * All devices have the same time to appear, from the start of this stage: whoever waited for the first has waited for
   * the others. And that ends well before the caller's limit: a lifeboot that is killed chooses nothing.
   */
  private waitSeconds(facts: BootFacts): number {
    const spentSeconds = (this.ports.machine.monotonicMs() - this.times.startedMs) / 1000;
    const limitSeconds = Math.min(facts.config.devices.waitSeconds, LONGEST_WAIT_SECONDS);
    return Math.max(0, Math.ceil(limitSeconds - spentSeconds));
  }

  /** What the base holds may change whose attempt this is, so the plan is made again with it. */
  private identified(slot: SlotName, facts: BootFacts): BootFacts {
    this.mounted = slot;
    const base = this.hand.base as FoundBase;
    return { ...facts, bases: { ...facts.bases, [slot]: base } };
  }

  /** Layers other than recorded make another deployment of the slot, whose attempt is counted anew. */
  private compared(slot: SlotName, plan: BootPlan, facts: BootFacts): BootFacts | null {
    const { base } = this.hand;
    const save = plan.steps.find((step) => step.do === 'saveState');
    const counted = save?.state.slots[slot]?.deployment ?? base?.deployment;
    const found = base?.stack?.deployment;
    if (base === null || found === undefined || found.id === counted?.id) return null;
    return { ...facts, bases: { ...facts.bases, [slot]: base } };
  }

  private letGo(): void {
    this.ports.roots.release();
    this.hand = emptyHand();
    this.mounted = null;
  }

  private failed(step: Step, plan: BootPlan, facts: BootFacts, error: unknown): BootFacts {
    const why = describeError(error);
    if (step.do === 'saveState') {
      this.say(`saving the boot state failed: ${why}`);
      return { ...facts, stateUnwritable: why };
    }
    const entry = plan.steps.find((later) => later.do === 'handOver');
    const mode = entry?.mode ?? 'normal';
    const failure: SlotFailure = { slot: plan.slot ?? '', mode, step: step.do, kind: failureKind(error), why };
    const savedState = plan.steps.find((earlier) => earlier.do === 'saveState');
    const saved = this.hand.saved;
    this.letGo();
    const known = { ...facts, failures: [...facts.failures, failure] };
    if (!saved || savedState === undefined) return known;
    return { ...known, state: { kind: 'valid', state: savedState.state, sequence: 0n, record: 0, note: null } };
  }

  private handOver(
    plan: BootPlan,
    facts: BootFacts,
    entry: { slot: SlotName; attempt: number | null; mode: Mode },
  ): void {
    const { base, init, saved, degraded, told, done } = this.hand;
    const { startedMs, gatheredMs } = this.times;
    const now = this.ports.machine.monotonicMs();
    const unsaved = saved
      ? []
      : [`the attempt of this boot is not in the boot state: ${facts.stateUnwritable ?? 'it could not be read'}`];
    const doubts = (base?.doubts ?? []).map((doubt) => `slot ${entry.slot}: ${doubt}`);
    const clean = entry.mode === 'clean' ? ['clean boot: no persistent upper, no persistent directories'] : [];
    this.ports.run.writeBootInfo({
      bootId: facts.bootId,
      ...entry,
      deploymentId: (base?.stack ?? base)?.deployment.id ?? null,
      partuuid: base?.partuuid ?? null,
      serial: base?.serial ?? null,
      attemptSaved: saved,
      degraded: [...this.gathered.loaded.problems, ...unsaved, ...clean, ...doubts, ...degraded],
      trace: [...plan.trace, ...told],
      ...(done.length === 0 ? {} : { done }),
      version: VERSION,
      timingsMs: {
        total: Math.round(now),
        facts: Math.round(gatheredMs - startedMs),
        root: Math.round(now - gatheredMs),
      },
    });
    this.ports.run.writeInit(init ?? '/sbin/init');
  }

  private say(line: string): void {
    if (this.said.has(line)) return;
    this.said.add(line);
    this.ports.log.info(line);
  }
}

function emptyHand(): RootInHand {
  return { base: null, init: null, saved: false, degraded: [], told: [], done: [] };
}

function failureKind(error: unknown): SlotFailure['kind'] {
  if (!(error instanceof BootError)) return 'io';
  return error.code === 'ABSENT' ? 'absent' : error.code === 'CONTENT' ? 'content' : 'io';
}
