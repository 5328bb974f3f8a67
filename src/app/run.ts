/**
 * `lifeboot run -- COMMAND`: an upgrade that the running system does not notice.
 *
 * Effects in this order: 1 a mount namespace of its own, 2 the lock of the layers, 3 what the running slot has changed is
 * packed, 4 the command runs on a copy, 5 its changes are packed, 6 additions to persistent directories, 7 the plan's
 * writes, under the lock of the boot state. Until 7 nothing refers to any of it: a command that fails, or a cut, leaves
 * garbage, which is deleted in the end or by the next command.
 */
import { BootError } from '../core/errors.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import { type Layer, type PackageCounts, stackLayer } from '../core/store/deployment.ts';
import { comparePackages, countChanges, describeCounts, type Packages } from '../core/store/packages.ts';
import { completeRun, planRun, type RunBase, type RunStart, startRun } from '../core/store/plan-run.ts';
import { holdLayers, performPlan, requireUpper, sealRunning } from './carry-out-pair.ts';
import { collectGarbage, listGarbage } from './collect-garbage.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import { type Gathered, gatherPair, readPairState } from './pair-facts.ts';
import type { OnStep, Ports, StagedRoot } from './ports.ts';

export interface RunRequest {
  /** null: a shell. */
  readonly command: readonly string[] | null;
  /** On top of the pending change. */
  readonly isContinued: boolean;
  readonly dropIfUnchanged: boolean;
  readonly reboot: boolean;
  /** All layers become one. */
  readonly isFull: boolean;
  /** null: the command itself. */
  readonly description: string | null;
  readonly isTerminal: boolean;
  readonly dryRun: boolean;
}

/** For the command itself, beside what the snapshot may take. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** @throws BootError REFUSED when the command fails, or as things are; BUSY, UNAVAILABLE, CONTENT, IO, CONFIG, and those of the state */
export function runInSlot(ports: Ports, request: RunRequest, say: OnStep): Edited {
  const loaded = loadSoundConfig(ports);
  if (request.dryRun) return foresee(ports, request);
  ports.layers.ownMounts();
  const ran = holdLayers(ports, () => {
    try {
      return new Run(ports, gatherPair(ports, loaded), request, say).perform();
    } finally {
      collectGarbage(ports, loaded.config);
    }
  });
  if (request.reboot && ran.changed) ports.machine.rebootNow('lifeboot run --reboot');
  return ran;
}

interface Changes {
  readonly layer: Layer;
  readonly isWhole: boolean;
  readonly packages: PackageCounts | null;
  readonly notes: readonly string[];
}

class Run {
  private readonly ports: Ports;
  private readonly gathered: Gathered;
  private readonly request: RunRequest;
  private readonly say: OnStep;
  private readonly details: { readonly bootId: string; readonly at: string | null; readonly description: string };

  constructor(ports: Ports, gathered: Gathered, request: RunRequest, say: OnStep) {
    this.ports = ports;
    this.gathered = gathered;
    this.request = request;
    this.say = say;
    const description = describe(request);
    this.details = { bootId: ports.machine.bootId(), at: ports.machine.now(), description };
  }

  perform(): Edited {
    const { layers } = this.ports;
    const start = planRun(this.gathered.facts, this.request.isContinued);
    requireRoom(this.ports, this.gathered, start, this.say);
    const own = this.sealRunning(start);
    const base = startRun(start, own, this.details);
    const made = layers.withStaged(start.active, base.on, (staged) => this.change(start, base, staged));
    return made === null ? this.unchanged() : this.record(own, made);
  }

  /** The snapshot: what the running slot has changed. */
  private sealRunning({ take, facts }: RunStart): Layer | null {
    if (take === null) return null;
    return sealRunning(this.ports, take, requireUpper(this.ports, facts, take), this.say);
  }

  /** @returns null when nothing was changed */
  private change(start: RunStart, { on }: RunBase, staged: StagedRoot): Changes | null {
    const { command, dropIfUnchanged, isFull, isTerminal } = this.request;
    const { config } = this.gathered.facts;
    const before = staged.packages();
    const shared = config.persist.map(({ path }) => path);
    const status = staged.run({ command, shared, isTerminal });
    if (status !== 0) throw failed(this.request, status);
    if (dropIfUnchanged && !staged.isChanged()) return null;
    const after = staged.packages();
    const layer = staged.seal(this.say);
    if (layer === null) return null;
    const stack = stackLayer(on.layers, layer);
    const isWhole = stack.length > 1 && (isFull || stack.length > config.layers.compact);
    const flat = isWhole ? this.ports.layers.flatten({ ...on, layers: stack }, start.active, this.say) : null;
    // Last: the running system sees it at once, and nothing takes it back.
    const notes = [...bootNotes(staged.changedBoot()), ...leftOut(staged.addToShared())];
    return { layer: flat ?? layer, isWhole: flat !== null, packages: countPackages(before, after), notes };
  }

  private unchanged(): Edited {
    const { loaded, facts, notes } = this.gathered;
    const all = [...notes, 'the command changed nothing'];
    return { changed: false, dryRun: false, changes: [], notes: all, next: nextInWords(loaded, facts.state) };
  }

  /** A proof may have been recorded meanwhile, so the state is read again. */
  private record(own: Layer | null, made: Changes): Edited {
    const { ports, gathered, request, details } = this;
    return ports.lock.hold(() => {
      const facts = { ...gathered.facts, state: readPairState(ports, gathered.loaded.config) };
      const start = planRun(facts, request.isContinued);
      const plan = completeRun(start, startRun(start, own, details), { ...made, ...details });
      const counted = made.packages === null ? [] : [describeCounts(made.packages)];
      const size = `the changes are layer ${made.layer.digest.slice(0, 12)} (${formatBytes(made.layer.sizeBytes)})`;
      const told = { ...plan, changes: [...counted, size, ...plan.changes], notes: [...plan.notes, ...made.notes] };
      return performPlan(ports, { ...gathered, facts }, told, false);
    });
  }
}

function describe({ description, command }: RunRequest): string {
  return description ?? command?.join(' ').slice(0, 200) ?? 'a shell';
}

function failed({ command }: RunRequest, status: number): BootError {
  const what = command === null ? 'the shell' : `'${command.join(' ')}'`;
  return new BootError('REFUSED', `${what} ended with ${status}: nothing was changed`, {
    hint: 'what it said is in lifeboot/log/ on the data partition',
  });
}

function countPackages(before: Packages | null, after: Packages | null): PackageCounts | null {
  return before === null || after === null ? null : countChanges(comparePackages(before, after));
}

/** Stage 0 cannot see into layers: whoever upgraded a kernel has to know what boots. */
function bootNotes(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const named = paths.slice(0, 4).join(', ');
  return [
    `the command changed what boots: ${named}${paths.length > 4 ? ', …' : ''}; stage 0 still loads the kernel and initramfs that it loads now, as it does not see into layers`,
  ];
}

function leftOut(changes: readonly string[]): readonly string[] {
  if (changes.length === 0) return [];
  const named = changes.slice(0, 5).join(', ');
  const more = changes.length > 5 ? ` and ${changes.length - 5} more` : '';
  return [`what is persistent stays as the running system has it: ${named}${more} by the command`];
}

/** @throws BootError REFUSED */
function requireRoom(ports: Ports, { loaded }: Gathered, start: RunStart, say: OnStep): void {
  for (const line of listGarbage(ports, loaded.config)) say(`no longer needed: ${line}`);
  collectGarbage(ports, loaded.config);
  const upper = start.take === null ? null : requireUpper(ports, start.facts, start.take);
  const neededBytes = (upper?.sizeBytes ?? 0) + SPARE_BYTES;
  const freeBytes = ports.layers.freeBytes();
  say(`${formatBytes(freeBytes)} are free; the snapshot takes at most ${formatBytes(upper?.sizeBytes ?? 0)}`);
  if (freeBytes >= neededBytes) return;
  throw new BootError('REFUSED', `${formatBytes(freeBytes)} are free, and ${formatBytes(neededBytes)} are needed`, {
    hint: "'lifeboot snapshot list' shows what takes room; 'lifeboot snapshot delete' and 'cleanup' free it",
  });
}

function foresee(ports: Ports, request: RunRequest): Edited {
  const { facts, loaded, notes } = gatherPair(ports, loadSoundConfig(ports));
  const start = planRun(facts, request.isContinued);
  const upper = start.take === null ? null : requireUpper(ports, start.facts, start.take);
  const garbage = listGarbage(ports, loaded.config).map((line) => `delete what is not needed any more: ${line}`);
  const own =
    upper === null || upper.entries === 0
      ? []
      : [`pack ${upper.entries} changes of slot ${start.active} (${formatBytes(upper.sizeBytes)})`];
  const changes = [
    ...garbage,
    ...own,
    `run ${describe(request)} on a copy of slot ${start.take === null ? start.inactive : start.active}`,
    `give slot ${start.inactive} the result, on trial, and make it the first in the order`,
  ];
  return {
    changed: true,
    dryRun: true,
    changes,
    notes: [...notes, ...start.notes],
    next: nextInWords(loaded, facts.state),
  };
}
