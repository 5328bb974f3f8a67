/**
 * Where things are in the simulated world, and the devices in its `/dev`.
 */
import { type Machine, WORLD } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';

export const RUN = `${WORLD}/run/lifeboot`;
export const DATA = `${RUN}/data`;
export const NEW_ROOT = `${WORLD}/sysroot`;
/** The root of the running system, for what it writes there itself. */
export const IMAGE_IDENTITY = `${WORLD}/image-identity`;

/** @param imageIdentity copies that the initramfs carries */
export function makePlaces(machine: Machine, imageIdentity: Readonly<Record<string, string>> = {}): void {
  const calls = simulatedCalls(machine);
  for (const dir of ['sysroot', 'run/lifeboot', 'image-identity']) {
    calls.mkdirSync(`${WORLD}/${dir}`, { recursive: true });
  }
  for (const [path, text] of Object.entries(imageIdentity)) {
    calls.mkdirSync(`${IMAGE_IDENTITY}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
    calls.writeFileSync(`${IMAGE_IDENTITY}/${path}`, text, { mode: 0o600 });
  }
  showDevices(machine);
}

/** `/dev` of this world, by the names that the finders above give. */
export function showDevices(machine: Machine): void {
  simulatedCalls(machine).mkdirSync(`${WORLD}/dev`, { recursive: true });
  const device = (name: string, inode: number, volume: 'state' | 'boot' | 'data' | 'slot'): void => {
    machine.mounts.push({
      point: `${WORLD}/dev/${name}`,
      inode,
      volume,
      type: 'devtmpfs',
      source: 'dev',
      options: ['rw'],
    });
  };
  for (const [volume, root] of machine.roots) {
    if (volume === 'run') continue;
    const isRaw = machine.inode(root).kind === 'block';
    const inode = isRaw ? root : machine.make('run', { kind: 'block', sectors: [], size: 0 }, 0o660);
    device(volume === 'state' ? 'partition' : volume === 'boot' ? 'file' : volume, inode, volume);
  }
}
