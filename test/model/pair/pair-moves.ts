/** Everything that may happen to the node: the snapshot verbs, cut and killed between any two writes, and the world. */
import { BootError } from '../../../src/core/errors.ts';
import { sha256 } from '../../../src/core/root/base-id.ts';
import type { SlotName } from '../../../src/core/slot.ts';
import { withSlot } from '../../../src/core/state/state.ts';
import { isCompacted, type Pair, withDeployment } from '../../../src/core/store/pair.ts';
import type { PairPlan, PairWrite } from '../../../src/core/store/pair-plan.ts';
import { bootNext } from './pair-boot.ts';
import { BASE, bootIdOf, CONFIG, factsOf, heldIn, layerOn, type PairNode, provenRecord, SLOTS } from './pair-node.ts';
import type { PairRules } from './pair-rules.ts';

export interface PairMove {
  readonly label: string;
  readonly verb: string;
  readonly end: 'done' | 'cut' | 'killed';
  readonly to: PairNode;
}

type ModelWrite = PairWrite | { readonly do: 'addLayer'; readonly digest: string } | GarbageWrite;
type GarbageWrite = { readonly do: 'deleteUpper' | 'deleteManifest' | 'deleteLayer'; readonly name: string };

const MOST_LAYERS = 2;

export function movesOf(rules: PairRules, node: PairNode): readonly PairMove[] {
  if (node.running === null) return [done('boot', bootNext(rules, node))];
  return [
    ...SLOTS.flatMap((slot) => [
      ...verb(node, `set-writable ${slot}`, () => rules.planWritable(factsOf(node), slot)),
      ...verb(node, `set-boot ${slot}`, () => rules.planBootSlot(factsOf(node), slot)),
    ]),
    ...steps(
      node,
      'take',
      allowed(() => takeWrites(rules, node)),
    ),
    ...verb(node, 'cancel', () => rules.planCancel(factsOf(node))),
    ...verb(node, 'delete', () => rules.planDelete(factsOf(node))),
    ...[false, true].flatMap((isContinued) =>
      steps(
        node,
        isContinued ? 'run --continue' : 'run',
        allowed(() => runWrites(rules, node, isContinued)),
      ),
    ),
    ...SLOTS.flatMap((slot) =>
      steps(
        node,
        `compact ${slot}`,
        allowed(() => compactWrites(rules, node, slot)),
      ),
    ),
    ...steps(node, 'gc', garbageWrites(rules, node)),
    ...worldMoves(rules, node),
  ];
}

function done(label: string, to: PairNode): PairMove {
  return { label, verb: label, end: 'done', to };
}

function verb(node: PairNode, label: string, plan: () => PairPlan): readonly PairMove[] {
  return steps(
    node,
    label,
    allowed(() => plan().writes),
  );
}

/** null: refused. */
function allowed<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && error.name === BootError.name) return null;
    throw error;
  }
}

/** All of the writes; and the power, or only the command, gone after each of them. */
function steps(node: PairNode, label: string, writes: readonly ModelWrite[] | null): readonly PairMove[] {
  if (writes === null || writes.length === 0) return [];
  const after = (count: number): PairNode => writes.slice(0, count).reduce(apply, node);
  return writes.flatMap((write, index): readonly PairMove[] => {
    const name = label.split(' ')[0] ?? label;
    if (index === writes.length - 1) return [{ label, verb: name, end: 'done', to: after(index + 1) }];
    const to = after(index + 1);
    return [
      { label: `${label}, cut after ${write.do}`, verb: name, end: 'cut', to: { ...to, running: null } },
      { label: `${label}, killed after ${write.do}`, verb: name, end: 'killed', to },
    ];
  });
}

function apply(node: PairNode, write: ModelWrite): PairNode {
  switch (write.do) {
    case 'saveState':
      return { ...node, state: write.state };
    case 'savePair':
      return { ...node, pair: write.pair, proven: [...seenAs(node, write.pair), ...merged(node, write.pair)] };
    case 'saveManifest':
      return { ...node, manifests: { ...node.manifests, [write.manifest.id]: write.manifest } };
    case 'addLayer':
      return { ...node, layers: [...new Set([...node.layers, write.digest])] };
    case 'deleteUpper':
      return { ...node, uppers: without(node.uppers, write.name) };
    case 'saveSnapshot':
      return node;
    case 'deleteManifest':
      return { ...node, manifests: without(node.manifests, write.name) };
    default:
      return { ...node, layers: node.layers.filter((digest) => digest !== write.name) };
  }
}

/** What was seen to work in the running slot works under the name that a snapshot gives it. */
function seenAs(node: PairNode, pair: Pair): readonly string[] {
  const { taken } = pair;
  if (taken === null || taken.bootId !== bootIdOf(node) || taken.active !== node.running?.slot) return node.proven;
  const { active } = taken;
  const renamed = `${active} ${heldIn({ ...node, pair }, active)}`;
  return node.proven.includes(`${active} ${heldIn(node, active)}`)
    ? [...new Set([...node.proven, renamed])]
    : node.proven;
}

/** What was seen to work does so as one layer. */
function merged(node: PairNode, pair: Pair): readonly string[] {
  return SLOTS.flatMap((slot) => {
    const [now, before] = [heldIn({ ...node, pair }, slot), heldIn(node, slot)];
    const isSame = isCompacted(pair, slot) && now !== before && node.manifests[now]?.sameAs === before;
    return isSame && node.proven.includes(`${slot} ${before}`) ? [`${slot} ${now}`] : [];
  });
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== name));
}

function takeWrites(rules: PairRules, node: PairNode): readonly ModelWrite[] {
  const facts = factsOf(node);
  const order = rules.planTake(facts);
  const isChanged = node.uppers[node.running?.upper ?? ''] === true;
  if (isChanged && (order.over?.layers.length ?? 0) >= MOST_LAYERS) return [];
  const layer = isChanged ? layerOn(order.held.id, 'its session') : null;
  const details = { bootId: bootIdOf(node), at: null, description: '' };
  const { writes } = rules.completeTake(facts, order, layer, details);
  return [...(layer === null ? [] : [{ do: 'addLayer', digest: layer.digest } as const]), ...writes];
}

/** The chain of a slot becomes one layer. */
function compactWrites(rules: PairRules, node: PairNode, slot: SlotName): readonly ModelWrite[] {
  const facts = { ...factsOf(node), snapshots: [] };
  const [chain] = rules.chooseChains(facts, { name: slot, isAll: false }).chains;
  if (chain === undefined) return [];
  const digest = sha256(chain.manifest.layers.map((layer) => layer.digest).join());
  const { writes } = rules.planCompact(facts, chain, { digest, form: 'erofs', sizeBytes: 4096 });
  return [{ do: 'addLayer', digest }, ...writes];
}

/** `run`: a snapshot, or with `--continue` the one in progress, and a command's changes on it. */
function runWrites(rules: PairRules, node: PairNode, isContinued: boolean): readonly ModelWrite[] {
  const details = { bootId: bootIdOf(node), at: null, description: '' };
  const start = rules.planRun(factsOf(node), isContinued);
  const isChanged = start.take !== null && node.uppers[node.running?.upper ?? ''] === true;
  const own = isChanged ? layerOn(start.take?.held.id ?? '', 'its session') : null;
  const base = rules.startRun(start, own, details);
  if (base.on.layers.length >= MOST_LAYERS) return [];
  const layer = layerOn(base.on.id, 'a command');
  const { writes } = rules.completeRun(start, base, { layer, isWhole: false, packages: null, ...details });
  const added = [own, layer].flatMap((each) =>
    each === null ? [] : [{ do: 'addLayer', digest: each.digest } as const],
  );
  return [...added, ...writes];
}

export function garbageWrites(rules: PairRules, node: PairNode): readonly ModelWrite[] {
  const uppers = Object.keys(node.uppers).map((name) => ({ slot: name.slice(0, 1), key: name.slice(2) }));
  const layers = node.layers.map((digest) => ({ digest, form: 'erofs', sizeBytes: 1 }) as const);
  const { pair, manifests, running } = node;
  const store = { pair, manifests, layers, uppers, running, bootId: bootIdOf(node) };
  const bases = { a: BASE, b: BASE };
  const garbage = rules.selectGarbage({ ...store, snapshots: [], snapshotsAreWhole: true, bases });
  return [
    ...garbage.uppers.map(({ slot, key }) => ({ do: 'deleteUpper', name: `${slot}-${key}` }) as const),
    ...garbage.manifests.map((name) => ({ do: 'deleteManifest', name }) as const),
    ...garbage.layers.map(({ digest }) => ({ do: 'deleteLayer', name: digest }) as const),
  ];
}

function worldMoves(rules: PairRules, node: PairNode): readonly PairMove[] {
  const { running, uppers } = node;
  if (running === null) return [];
  const { upper, slot } = running;
  const isOnTrial = node.state.slots[slot]?.health === 'trial';
  return [
    done('off', { ...node, running: null }),
    ...(upper === null || uppers[upper] === true
      ? []
      : [done('write', { ...node, uppers: { ...uppers, [upper]: true } })]),
    ...(running.mode === 'normal' ? [done('prove', prove(rules, node, slot))] : []),
    ...(isOnTrial ? [done('fail', fail(node, slot))] : []),
  ];
}

function prove(rules: PairRules, node: PairNode, slot: SlotName): PairNode {
  const { running } = node;
  if (running === null) return node;
  const boot = { bootId: 'x', slot, attempt: null, mode: 'normal', deploymentId: running.deploymentId } as const;
  const proof = { level: 'loop', at: '2026-11-21T12:00:00Z' } as const;
  const known = { ...boot, partuuid: null, serial: null, attemptSaved: false };
  const state = rules.markProven({ ...node.state, history: [] }, known, proof, CONFIG);
  const seen = [
    `${slot} ${running.deploymentId}`,
    `${slot} ${state.slots[slot]?.deployment?.sameAs === running.deploymentId ? state.slots[slot]?.deployment?.id : running.deploymentId}`,
  ];
  const seenNode = { ...node, proven: [...new Set([...node.proven, ...seen])] };
  // The pair may say already that the layers are one.
  const before = { ...seenNode, pair: withDeployment(node.pair, slot, running.deploymentId, null) };
  return {
    ...seenNode,
    state: { ...state, history: [provenRecord(slot)], young: null },
    running: { ...running, isProven: true },
    proven: [...new Set([...seenNode.proven, ...merged(before, node.pair)])],
  };
}

function fail(node: PairNode, slot: SlotName): PairNode {
  return { ...node, state: withSlot(node.state, slot, { health: 'bad', reason: 'it failed' }), running: null };
}
