/**
 * What a guest needs to be watched: QEMU's i6300ESB, a place for panic records that outlives a reset (ACPI ERST), and
 * Debian's general kernel, which alone has drivers for both.
 *
 * Effects only, in the directory that is given.
 */
import { cpSync, existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeNodeTree } from '../support/debian-root.ts';
import { ensureKernel, type Kernel } from '../support/kernel.ts';
import type { RootKind } from '../support/node-image.ts';
import { ROOT_MIB } from '../support/node-image.ts';
import { runTool } from '../support/run-tool.ts';

export const watchedKernel: Kernel = ensureKernel('amd64');

const ERST_BYTES = 65_536;

/** QEMU's arguments for both. */
export function watchedMachine(dir: string): readonly string[] {
  const erst = join(dir, 'erst');
  writeFileSync(erst, '');
  truncateSync(erst, ERST_BYTES);
  const memory = `memory-backend-file,id=erst,mem-path=${erst},size=${ERST_BYTES},share=on`;
  return ['-device', 'i6300esb', '-action', 'watchdog=reset', '-object', memory, '-device', 'acpi-erst,memdev=erst'];
}

/** Of the general kernel's modules, what a running guest loads: all of them do not fit into a slot. */
const NEEDED = ['virtio_net', 'virtio_pci', 'virtio_blk', 'virtio_rng', 'i6300esb', 'ext4', 'overlay'];

/** The Debian of the other guests, with the modules of that kernel. */
export const watchedDebian: RootKind = {
  sizeMiB: ROOT_MIB,
  key: `watched-${watchedKernel.version}`,
  makeTree(tree, config) {
    makeNodeTree(tree, { config, lifeboot: true });
    copyModules(tree, watchedKernel);
  },
};

function copyModules(tree: string, { version, rootDir, modulesDir }: Kernel): void {
  const into = join(tree, 'usr/lib/modules', version);
  const shown = runTool('modprobe', [
    '-a',
    '-d',
    rootDir,
    '-S',
    version,
    '-C',
    '/dev/null',
    '--show-depends',
    ...NEEDED,
  ]);
  for (const line of shown.stdout.split('\n')) {
    const [command, file = ''] = line.trim().split(' ');
    if (command !== 'insmod') continue;
    const target = join(into, file.slice(file.indexOf(`${version}/`) + version.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  for (const name of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) {
    if (existsSync(join(modulesDir, name))) cpSync(join(modulesDir, name), join(into, name));
  }
  runTool('depmod', ['-b', tree, version]);
}
