/**
 * Runs one step of a boot plan. It decides nothing: a step that fails throws, and the plan is made again.
 */
import type { FoundBase } from '../core/boot/facts.ts';
import type { Step } from '../core/boot/step.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { plainSource } from '../core/root/base-source.ts';
import type { Mode, SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import type { Ports, StateStore } from './ports.ts';

/** What the steps of the slot in hand have left for later steps and for `boot.json`. */
export interface RootInHand {
  base: FoundBase | null;
  init: string | null;
  saved: boolean;
  readonly degraded: string[];
  /** What was done besides, for the trace. */
  readonly told: string[];
  /** Pending actions that are done. */
  readonly done: string[];
}

export interface StepContext {
  readonly ports: Ports;
  readonly config: Config;
  readonly store: StateStore;
  readonly state: BootState | null;
  readonly hand: RootInHand;
  /** How long a step may still wait for a device, in seconds. */
  readonly waitSeconds: number;
  /** Writes `boot.json` and the name of the init. */
  handOver(slot: SlotName, attempt: number | null, mode: Mode): void;
}

/** What the state holds now is not held against a later boot once more. */
function forgetEvidence({ ports }: StepContext): void {
  const trouble = ports.machine.forgetEvidence();
  if (trouble !== null) ports.log.warn(`${trouble}, ignoring`);
}

function mountLayers(
  step: Extract<Step, { do: 'mountLayers' }>,
  { ports, config, hand, state, waitSeconds }: StepContext,
): void {
  const { base } = hand;
  if (base === null) throw new BootError('INTERNAL', "'mountLayers' was asked for before 'mountBase'");
  const { device, removable } = config.upper;
  const { slot, clean: isClean } = step;
  const recorded = state?.slots[slot]?.deployment ?? null;
  const data = { device, removable, waitSeconds };
  const found = ports.roots.mountLayers({ slot, base: base.deployment, recorded, isClean, ...data });
  if (found.stack !== null) hand.base = { ...base, stack: found.stack };
  hand.degraded.push(...found.degraded);
}

function resetData(step: Extract<Step, { do: 'resetData' }>, { ports, config, hand, waitSeconds }: StepContext): void {
  const { action, proven } = step;
  const { device, removable } = config.upper;
  const persist = config.persist.map(({ path }) => path);
  const request = { action, proven, persist, files: config.identity.files, device, removable, waitSeconds };
  const { done, told, degraded } = ports.roots.resetData(request);
  if (done) hand.done.push(action);
  hand.told.push(...told);
  hand.degraded.push(...degraded);
  for (const text of [...told, ...degraded]) ports.log.info(text);
}

function mountUpper(
  step: Extract<Step, { do: 'mountUpper' }>,
  { ports, config, hand, waitSeconds }: StepContext,
): void {
  const { do: _, slot: __, ...upper } = step;
  const { device, removable, size } = config.upper;
  hand.degraded.push(...ports.roots.mountUpper({ ...upper, device, removable, size, waitSeconds }));
}

/** @throws BootError of the step that failed */
export function runStep(step: Step, context: StepContext): void {
  const { ports, config, hand } = context;
  switch (step.do) {
    case 'mountBase':
      hand.base = ports.roots.mountBase({
        slot: step.slot,
        ...plainSource(step),
        dataDevice: config.upper.device,
        waitSeconds: context.waitSeconds,
        recorded: context.state?.slots[step.slot]?.device ?? null,
      });
      return;
    case 'saveState':
      context.store.save(step.state);
      hand.saved = true;
      forgetEvidence(context);
      return;
    case 'mountLayers':
      mountLayers(step, context);
      return;
    case 'resetData':
      resetData(step, context);
      return;
    case 'mountUpper':
      mountUpper(step, context);
      return;
    case 'assembleRoot':
      hand.degraded.push(...ports.roots.assemble());
      return;
    case 'bindPersistent':
      hand.degraded.push(...ports.roots.bindPersistent(step.paths));
      return;
    case 'placeIdentity':
      hand.degraded.push(...ports.roots.placeIdentity(step.files));
      return;
    case 'checkRoot':
      hand.init = ports.roots.check(step.init);
      return;
    case 'setDeadline': {
      const { unattended } = config.node;
      const { watchdog } = config;
      hand.degraded.push(...ports.roots.setDeadline({ seconds: step.seconds, unattended, watchdog }));
      return;
    }
    case 'handOver':
      context.handOver(step.slot, step.attempt, step.mode);
      return;
    case 'reboot':
    case 'enterRescue':
      throw new BootError('INTERNAL', `the step '${step.do}' ends a plan and is not run`);
    default:
      step satisfies never;
  }
}
