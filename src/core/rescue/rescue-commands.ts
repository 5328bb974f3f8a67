/**
 * The ssh command lines of rescue: the ordinary tunnel, which ends at the initramfs's own sshd.
 *
 * Pure, and the same builder as the ordinary tunnel's: what pins the server's host key there pins it here. They are
 * baked into the image, so that rescue needs no lifeboot that runs.
 */
import type { TunnelConfig } from '../config/config.ts';
import { tunnelCommand } from '../ssh/ssh-command.ts';
import { formatForward, parseForward } from '../ssh/ssh-forward.ts';
import { tunnelTargets } from '../ssh/tunnel-targets.ts';

/** Where rescue's sshd listens; `initramfs/boot/rescue-sshd.sh` has the same. */
const OWN_SSHD = { host: '127.0.0.1', port: 22 };

/** The paths in the initramfs. */
const PLACES = { ssh: '/usr/bin/ssh', control: '/run/lifeboot/tunnel.ctl', log: '/run/lifeboot/tunnel.log' };

/**
 * @returns one command for each of the server's addresses, in the order in which they are tried
 * @throws BootError CONFIG naming the key that ssh could not take
 */
export function rescueCommands(tunnel: TunnelConfig): readonly (readonly string[])[] {
  const { remote } = parseForward(tunnel.forward);
  const inRescue = { ...tunnel, forward: formatForward({ remote, target: OWN_SSHD }) };
  return tunnelTargets(tunnel).map((target) => tunnelCommand(inRescue, PLACES, target));
}
