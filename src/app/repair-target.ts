/**
 * What `repair` looks at before it changes a slot: the slot's device, what else is on it, and where the new content is.
 *
 * Reads only.
 */
import type { Config, SlotConfig } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import { requireSlot } from '../core/operate/require-slot.ts';
import type { WriteFacts } from '../core/repair/refuse-write.ts';
import type { SourceFacts } from '../core/repair/source-facts.ts';
import { ownUpgrade } from '../core/root/base-source.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import type { Pair } from '../core/store/pair.ts';
import { requireUnlocked } from '../core/store/set-writable.ts';
import { readWholeState } from './change-state.ts';
import { runningSystem } from './pair-facts.ts';
import type { Ports } from './ports.ts';

/**
 * @throws BootError USAGE for a slot that is not configured; REFUSED for one that a snapshot has locked; ABSENT, CONTENT,
 * IO without its device; those of the state
 */
export function lookAtTarget(ports: Ports, config: Config, slot: SlotName): WriteFacts {
  const state = readWholeState(ports, config);
  const { device } = requireSlot(state, slot);
  const { root } = requireConfigured(config, slot);
  refuseLocked(ports, { config, state, slot });
  return {
    slot,
    state,
    running: runningSlot(ports, state),
    config,
    disk: ports.repairs.findDisk(root, device),
    others: otherDevices(ports, config, state, slot),
  };
}

/** The base of a locked slot is part of the stack that stays as it is. */
function refuseLocked(
  ports: Ports,
  { config, state, slot }: { readonly config: Config; readonly state: BootState; readonly slot: SlotName },
): void {
  const pair = readKnownPair(ports);
  if (pair === null) return;
  const running = runningSystem(ports);
  requireUnlocked({ config, state, pair, running, bootId: ports.machine.bootId(), bases: {}, manifests: {} }, slot);
}

/** null: there is none, or it is damaged, which must not keep a node from being repaired. */
function readKnownPair({ layers, log }: Ports): Pair | null {
  try {
    return layers.readPair();
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    log.warn(`cannot tell which slot is locked by a snapshot: ${describeError(error)}, ignoring`);
    return null;
  }
}

/** @throws BootError USAGE for a slot that is not configured */
export function requireConfigured(config: Config, slot: SlotName): SlotConfig {
  const configured = Object.hasOwn(config.slots, slot) ? config.slots[slot] : undefined;
  if (configured !== undefined) return configured;
  const hint = `the slots are: ${Object.keys(config.slots).join(', ')}`;
  throw new BootError('USAGE', `there is no slot '${slot}' in the configuration`, { hint });
}

/** As boot.json says; where that is gone, as the state says of this very boot. */
export function runningSlot(ports: Ports, state: BootState | null): SlotName | null {
  const slot = ports.run.readBootInfo()?.slot ?? null;
  if (slot !== null) return slot;
  return state?.current?.bootId === ports.machine.bootId() ? state.current.slot : null;
}

/** The devices of everything else that the configuration names; what is not there cannot be written by mistake. */
function otherDevices(
  ports: Ports,
  config: Config,
  state: BootState,
  slot: SlotName,
): Readonly<Record<string, string>> {
  const { upper } = config;
  const slots = Object.entries(config.slots).filter(([name]) => name !== slot);
  const names: readonly (readonly [use: string, name: string])[] = [
    ...slots.map(([name, { root }]) => [name, root] as const),
    ['the boot state', config.state.device],
    ...(upper.device === null ? [] : [['the data partition', upper.device] as const]),
  ];
  return Object.fromEntries(
    names.flatMap(([use, name]) => {
      const path = pathOf(ports, name, state.slots[use]?.device ?? null);
      return path === null ? [] : [[use, path]];
    }),
  );
}

function pathOf(ports: Ports, name: string, recorded: Parameters<Ports['repairs']['findDisk']>[1]): string | null {
  try {
    return ports.repairs.findDisk(name, recorded).path;
  } catch (error) {
    if (error instanceof BootError) return null;
    throw error;
  }
}

/**
 * @param from a slot's name, or the path of an image (`./b` for a file that is called like a slot)
 * @throws BootError ABSENT, CONTENT, IO
 */
export function findSource(
  ports: Ports,
  { config, state, slot }: WriteFacts,
  { from, what }: { readonly from: string; readonly what?: string },
): SourceFacts {
  if (!Object.hasOwn(config.slots, from)) return ports.repairs.readSource(what ?? `'${from}'`, from, null);
  if (from === slot) {
    throw new BootError('REFUSED', `slot '${slot}' cannot be written from itself`, {
      hint: 'name another slot or an image',
    });
  }
  const source = requireConfigured(config, from);
  const own = ownUpgrade(source);
  if (own !== null) {
    throw new BootError('REFUSED', `slot '${from}' is ${own.is}, not a partition that could be copied`, {
      hint: 'name an image, or a slot that is a partition of its own',
    });
  }
  const disk = ports.repairs.findDisk(source.root, state.slots[from]?.device ?? null);
  return ports.repairs.readSource(`slot ${from}`, disk.path, disk);
}
