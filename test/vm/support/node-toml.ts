/**
 * The configuration of a test node: DESIGN's example with the far end of that run, and shorter times.
 *
 * Pure.
 */
import { FAR_END_NAME } from './debian-root.ts';
import { type ForwardEnd, forwardOf } from './far-end.ts';

export interface NodeToml {
  readonly name: string;
  readonly forward: ForwardEnd;
  readonly deadline: string;
  readonly hold: string;
  readonly trialAttempts: number;
}

export function nodeToml({ name, forward, deadline, hold, trialAttempts }: NodeToml): string {
  return `[node]
name = "${name}"

[state]
device = "PARTLABEL=lifeboot-state"

[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"

[upper]
kind = "persistent"
device = "PARTLABEL=system-data"

[attempts]
trial = ${trialAttempts}
good = 5

[tunnel]
host = "${FAR_END_NAME}"
port = 22
user = "root"
identity = "/etc/lifeboot/tunnel_key"
known_hosts = "/etc/lifeboot/known_hosts"
forward = "${forwardOf(forward)}"
proof = "auto"

[confirm]
deadline = "${deadline}"
hold = "${hold}"
`;
}
