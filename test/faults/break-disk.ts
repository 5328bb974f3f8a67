/**
 * Breaks the disk of a node that is switched off, with ordinary tools.
 *
 * Effects on the disk's image only. Invariant: no mount and no loop device outlives a step, also when it fails.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Partition, placeOf } from '../vm/support/disk.ts';
import { repoDir } from '../vm/support/places.ts';
import { runTool } from '../vm/support/run-tool.ts';
import type { Break } from './fault.ts';

const MIB = 1024 * 1024;

export interface BrokenDisk {
  readonly image: string;
  readonly partitions: readonly Partition[];
  /** `lifeboot.toml` of the node. */
  readonly config: string;
}

export function breakDisk(disk: BrokenDisk, breaks: readonly Break[]): void {
  for (const step of breaks) apply(disk, step);
}

function apply(disk: BrokenDisk, step: Break): void {
  if ('disk' in step) {
    runTool('sh', ['-euc', step.disk, 'sh', disk.image]);
  } else if ('lifeboot' in step) {
    withDevice(disk, 'lifeboot-state', (device) => {
      const config = step.as === undefined ? disk.config : configOf(disk, step.as);
      const args = ['--config', config, '--state', device, ...step.lifeboot];
      // 2: there was nothing to change.
      runTool(join(repoDir, 'dist/lifeboot'), args, { accept: [0, 2] });
    });
  } else if ('device' in step) {
    withDevice(disk, step.device, (device) => runTool('sh', ['-euc', step.sh, 'sh', device]));
  } else {
    withDevice(disk, step.mounted, (device) => inMounted(device, step.sh));
  }
}

/** The same configuration, on a node of another name. */
function configOf({ config, image }: BrokenDisk, name: string): string {
  const other = `${image}.${name}.toml`;
  writeFileSync(other, readFileSync(config, 'utf8').replace(/^name = .*$/m, `name = "${name}"`));
  return other;
}

/** In a mount namespace of its own: nobody else ever sees the mount. */
function inMounted(device: string, script: string): void {
  const inside = `mount "$1" /mnt; trap 'cd /; umount /mnt' EXIT; cd /mnt; sh -euc "$2"`;
  runTool('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', inside, 'sh', device, script]);
}

function withDevice(disk: BrokenDisk, name: string, use: (device: string) => void): void {
  const { start, size } = placeOf(disk.partitions, name);
  const range = ['--offset', String(start * MIB), '--sizelimit', String(size * MIB)];
  const device = runTool('losetup', ['--find', '--show', ...range, disk.image]).stdout.trim();
  try {
    use(device);
  } finally {
    runTool('losetup', ['--detach', device]);
  }
}
