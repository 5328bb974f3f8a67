/**
 * The configuration of the simulated node.
 */
import type { LoadedConfig } from '../../src/app/ports.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';

const TEXT = `
[node]
name = "W023"
[state]
device = "PARTLABEL=lifeboot-state"
[devices]
wait = "0s"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
[upper]
device = "PARTLABEL=system-data"
[[persist]]
path = "/var"
[identity]
files = ["/etc/machine-id", "/etc/ssh/ssh_host_*"]
[tunnel]
host = "bastion.example.org"
user = "node-W023"
identity = "/etc/lifeboot/tunnel_key"
known_hosts = "/etc/lifeboot/known_hosts"
forward = "0:localhost:22"
[repair]
auto = "fsck"
[confirm]
deadline = "15min"
hold = "0s"
`;

export type Keeping = 'partition' | 'file';

const path = '/etc/lifeboot/lifeboot.toml';

function load(text: string): LoadedConfig {
  const parsed = parseConfig(text, path, []);
  if (parsed.problems.length > 0) throw new Error(parsed.problems.join('\n'));
  return { path, ...parsed };
}

/** The state on a raw partition, or in a file on one. */
export const CONFIGS: Readonly<Record<Keeping, LoadedConfig>> = {
  partition: load(TEXT),
  file: load(TEXT.replace('device = "PARTLABEL=lifeboot-state"', 'device = "LABEL=boot"\nfile = "lifeboot.state"')),
};
