/**
 * The devices that a tag means, with as little reading as possible.
 *
 * A partition label is looked up in sysfs, and only what carries it is read: a dying disk beside it, on which each read
 * takes minutes, must not keep a node from booting. Only when nothing is found is `blkid` asked about all devices.
 */
import { type BlockDevice, isNamed } from '../../core/root/blkid.ts';
import type { DeviceName } from '../../core/root/device-name.ts';
import { probeDevice, runBlkid, type Tables, tableEntry } from './probe-device.ts';
import { blockDevices, type SysDevice } from './sysfs.ts';

/** @throws BootError IO when `blkid` fails */
export function listDevices(name: Extract<DeviceName, { kind: 'tag' }>): readonly BlockDevice[] {
  const devices = blockDevices();
  const tables: Tables = new Map();
  const found = devices
    .filter((device) => mayBe(device, name, devices, tables))
    .map((device) => {
      const probed = probeDevice(device, devices, tables);
      // sysfs has told the label where the table on disk was not understood.
      return { ...probed, partlabel: probed.partlabel ?? device.partlabel };
    });
  const named = found.filter((device) => isNamed(device, name));
  return named.length > 0 ? named : runBlkid([]).filter((device) => isNamed(device, name));
}

/** Whether it is worth reading: by table and sysfs where the name is a partition's, else any device may be it. */
function mayBe(device: SysDevice, name: DeviceName, devices: readonly SysDevice[], tables: Tables): boolean {
  if (name.kind !== 'tag' || name.tag === 'LABEL' || name.tag === 'UUID') return true;
  if (device.disk === null) return false;
  if (name.tag === 'PARTLABEL' && devices.some(({ partlabel }) => partlabel !== null))
    return device.partlabel === name.value;
  const entry = tableEntry(device, devices, tables);
  const value = name.tag === 'PARTLABEL' ? entry?.partlabel : entry?.partuuid;
  return value?.toLowerCase() === name.value.toLowerCase();
}
