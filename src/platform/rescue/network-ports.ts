/**
 * The network ports of this machine, as far as rescue cares: wired, Wi-Fi, modem.
 *
 * Reads /sys/class/net. What has no device behind it (bridges, tunnels, containers' ends) is no port of the machine.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { NetworkPort } from '../../core/rescue/describe-rescue.ts';

/** Of linux/if_arp.h. */
const ETHERNET = '1';

export function networkPorts(place = '/sys/class/net'): readonly NetworkPort[] {
  const addresses = networkInterfaces();
  return list(place).flatMap((name) => {
    const kind = kindOf(join(place, name));
    if (kind === null) return [];
    const own = (addresses[name] ?? []).map(({ cidr, address }) => cidr ?? address);
    return [{ name, kind, link: linkOf(join(place, name)), addresses: own }];
  });
}

function kindOf(port: string): NetworkPort['kind'] | null {
  if (existsSync(join(port, 'phy80211')) || existsSync(join(port, 'wireless'))) return 'wifi';
  const type = /^DEVTYPE=(.*)$/m.exec(read(join(port, 'uevent')) ?? '')?.[1] ?? null;
  if (type === 'wlan') return 'wifi';
  if (type === 'wwan') return 'modem';
  if (!existsSync(join(port, 'device'))) return null;
  if (read(join(port, 'type'))?.trim() !== ETHERNET) return 'modem';
  return type === null || type === 'dsa' ? 'wired' : null;
}

/** A port that is down refuses to say. */
function linkOf(port: string): boolean | null {
  const carrier = read(join(port, 'carrier'))?.trim();
  return carrier === undefined ? null : carrier === '1';
}

function list(place: string): readonly string[] {
  try {
    return readdirSync(place).sort();
  } catch {
    // No sysfs: no port is known.
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
