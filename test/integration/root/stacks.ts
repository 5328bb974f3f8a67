/** A node whose slot a has layers on its data partition, packed with the plain tools. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Deployment } from '../../../src/core/state/state.ts';
import { formatManifest, type Layer, type LayerForm, makeManifest } from '../../../src/core/store/deployment.ts';
import { formatPair, NO_PAIR } from '../../../src/core/store/pair.ts';
import { type Node, plainTree, run, type Tree, withNode, writeTree } from './disks.ts';

/** Packs changes as they lie in an upper; a file that begins with `!` is deleted. */
export function packLayer(node: Node, store: string, form: LayerForm, changes: Tree): Layer {
  const tree = join(node.dir, node.label('layer'));
  mkdirSync(tree);
  const { deleted = [], written = [] } = Object.groupBy(Object.keys(changes), (name) =>
    name.startsWith('!') ? 'deleted' : 'written',
  );
  writeTree(tree, Object.fromEntries(written.map((name) => [name, changes[name] ?? ''])));
  for (const name of deleted) {
    mkdirSync(join(tree, name.slice(1), '..'), { recursive: true });
    run('mknod', join(tree, name.slice(1)), 'c', '0', '0');
  }
  const made = join(node.dir, node.label('packed'));
  if (form === 'erofs') run('mkfs.erofs', '--quiet', made, tree);
  else if (form === 'sqfs') run('mksquashfs', tree, made, '-quiet', '-no-progress');
  else run('cp', '-a', tree, made);
  const bytes = form === 'dir' ? Buffer.from(made) : readFileSync(made);
  const layer = { digest: sha256(bytes), form, sizeBytes: form === 'dir' ? 0 : bytes.length };
  mkdirSync(join(store, 'layers'), { recursive: true });
  run('mv', '-T', made, join(store, layerPath(layer)));
  return layer;
}

export interface Stacked {
  readonly node: Node;
  readonly base: string;
  readonly device: string;
  readonly id: string;
  readonly layers: readonly Layer[];
  readonly recorded: Deployment;
}

/** A node whose slot a has layers on its data partition. */
export function withStack(
  forms: readonly LayerForm[],
  changesOf: (index: number) => Tree,
  body: (s: Stacked) => void,
  tree: Tree = plainTree,
): void {
  withNode((node) => {
    const base = node.disk('squashfs', tree);
    const device = node.disk('ext4', {}, { sizeMiB: 64 });
    const baseId = node.inspect(base).deployment.id;
    const stacked = node.within(device, (dir) => {
      const store = join(dir, 'lifeboot');
      const layers = forms.map((form, index) => packLayer(node, store, form, changesOf(index)));
      const manifest = makeManifest({
        base: { id: baseId, version: 'test 1' },
        layers,
        sameAs: null,
        parent: null,
        createdAt: null,
        description: '',
        packages: null,
      });
      for (const name of ['deployments', 'snapshots']) mkdirSync(join(store, name));
      writeFileSync(join(store, `deployments/${manifest.id}.json`), formatManifest(manifest));
      writeFileSync(join(store, 'snapshots/pair.json'), formatPair({ ...NO_PAIR, slots: { a: manifest.id } }));
      return { id: manifest.id, layers };
    });
    body({ node, base, device, ...stacked, recorded: { id: stacked.id, version: null, base: baseId } });
  });
}

/** Mounts base and layers as the boot does. */
export function mountStack(
  s: Stacked,
  change: { isClean?: boolean; recorded?: Deployment | null; device?: string | null } = {},
) {
  s.node.builder.release();
  const base = s.node.mountBase(s.base).deployment;
  const request = { slot: 'a', base, recorded: s.recorded, isClean: false, device: s.device, removable: false };
  return s.node.builder.mountLayers({ ...request, waitSeconds: 0, ...change });
}

export function assemble(s: Stacked): readonly string[] {
  const upper = { kind: 'persistent', upperId: `a-${s.id}`, device: s.device, size: '25%', waitSeconds: 0 } as const;
  return [...s.node.builder.mountUpper(upper), ...s.node.builder.assemble()];
}
