/**
 * A node that was used for a while, for tests of factory resets.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withSlot } from '../../../src/core/state/state.ts';
import { type LoopNode, withLoopNode } from '../boot/loop-node.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

/** The command, in a running system that is not there any more: the boot state is all that it needs. */
export function ask(node: LoopNode, ...words: readonly string[]): void {
  const argv = [MAIN, 'factory-reset', ...words, '--config', node.config];
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** A node that has written to its layer, to its persistent directory, and an identity file nowhere else. */
export function withUsedNode(body: (node: LoopNode) => void): void {
  withLoopNode((node) => {
    node.change('a', (root) => {
      for (const name of ['kept', 'deleted', 'masked/inside']) {
        mkdirSync(join(root, 'etc/masked'), { recursive: true });
        writeFileSync(join(root, 'etc', name), 'from the image\n');
      }
    });
    const first = node.boot((root) => {
      writeFileSync(join(root, 'etc/local'), 'mine\n');
      rmSync(join(root, 'etc/deleted'));
      // A directory that was replaced hides what the base has there.
      rmSync(join(root, 'etc/masked'), { recursive: true });
      mkdirSync(join(root, 'etc/masked'));
      writeFileSync(join(root, 'root/notes'), 'mine\n');
      writeFileSync(join(root, 'var/lib/data'), 'mine\n');
      writeFileSync(join(root, 'etc/machine-id'), 'the very one\n');
    });
    assert.equal(first.status, 0, first.said);
    const { deploymentId } = first.info;
    node.saveState(withSlot(node.state(), 'a', { health: 'good', provenId: deploymentId, attempts: 0 }));
    body(node);
  });
}

export const has = (root: string, path: string): boolean => existsSync(join(root, path));
export const store = '/run/lifeboot/data/lifeboot';

export function requireImageEtc(root: string): void {
  assert.deepEqual(
    ['etc/kept', 'etc/deleted', 'etc/masked/inside', 'etc/local'].map((path) => has(root, path)),
    [true, true, true, false],
  );
}

export function pendingIn(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text.includes('factory reset'));
}

/** Writes until there is no room, and gives some of it back. */
export function fill(root: string, freeKib: number): void {
  const file = join(root, 'root/big');
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k'], { stdio: 'ignore' });
  truncateSync(file, statSync(file).size - freeKib * 1024);
}
