/**
 * `repair b --from IMAGE`: the slot's own disk is cut together with the state.
 */
import { rewriteSlot } from '../../src/app/repair-write.ts';
import { BootError } from '../../src/core/errors.ts';
import type { Scenario } from './crash-run.ts';
import { seeded } from './disk/cuts.ts';
import { bytesOf, type Image } from './disk/image.ts';
import { WORLD } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';
import { readState, require } from './laws.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hasSuperblock, SLOT_BYTES } from './simulated-repairs.ts';
import { enter, THIS_BOOT } from './state-operations.ts';
import { startOf } from './states.ts';

const IMAGE = `${WORLD}/run/system.ext4`;

/** Kinds of nodes whose slot b is neither running nor the way back. */
const KINDS = [3, 5];

/** Most of it empty, as images are; a superblock, and content in its head and behind it. */
function system(seed: number): Uint8Array {
  const random = seeded(seed);
  const bytes = Buffer.alloc(SLOT_BYTES);
  for (const at of [1536, 4096, 8192, 65_536, 130_048, 131_072, 140_000, 150_000]) {
    for (let index = 0; index < 900; index += 1) bytes[at + index] = Math.floor(random() * 256);
  }
  bytes.write('SUPER1', 1024, 'latin1');
  bytes.writeUInt32LE(seed, 1100);
  return bytes;
}

export function slotScenario(seed: number, count: number): Scenario {
  const kind = KINDS[count % KINDS.length] ?? 5;
  const [old, renewed] = [system(count + 1), system(count + 1000)];
  const start = startOf(seed, kind + 8 * count, {}, old);
  const options = { keeping: start.keeping, bootId: THIS_BOOT, holds: { b: 'b1' } };
  return {
    title: `repair --from, ${start.title} (${seed}/${count})`,
    image: start.image,
    options,
    prepare(node) {
      enter(node);
      simulatedCalls(node.machine).writeFileSync(IMAGE, renewed);
    },
    run(node) {
      rewrite(node);
      node.machine.mark('done');
    },
    check(image, marks) {
      requireWholeOrEmpty(image, start.keeping, [old, renewed]);
      if (marks.includes('done'))
        require(slotBytes(image).equals(renewed), 'the new slot is not whole when it is done');
    },
  };
}

function rewrite(node: SimulatedNode): void {
  try {
    rewriteSlot(node.ports, { slot: 'b', from: IMAGE, dryRun: false }, () => undefined);
  } catch (error) {
    if (error instanceof BootError && error.code === 'REFUSED')
      throw new Error(`the scenario is refused: ${error.message}`);
    throw error;
  }
}

/** What is neither the old system nor the new one is recorded as empty, and the plain shell, which asks no state, cannot mount it. */
function requireWholeOrEmpty(image: Image, keeping: 'partition' | 'file', systems: readonly Uint8Array[]): void {
  const bytes = slotBytes(image);
  const isWhole = systems.some((system) => bytes.equals(system));
  const reading = readState(image, keeping);
  const health = reading.kind === 'valid' ? reading.state.slots['b']?.health : undefined;
  require(isWhole || health === 'empty', `slot b is torn, and the state calls it ${health}`);
  // The first 4 KiB are one write, which can be torn itself: file systems have a checksum there.
  const isWholeBehind = systems.some((system) => bytes.subarray(4096).equals(system.subarray(4096)));
  require(isWholeBehind || !hasSuperblock(bytes), 'slot b is torn, and it has a superblock by which it can be mounted');
}

function slotBytes(image: Image): Buffer {
  const inode = image.inodes.get(image.roots.get('slot') ?? 0);
  if (inode?.kind !== 'block') throw new Error('this image has no slot');
  return bytesOf(inode.sectors, inode.size);
}
