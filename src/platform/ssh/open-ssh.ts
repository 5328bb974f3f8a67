/**
 * The reverse tunnel by OpenSSH: implements the port `Tunnel`.
 *
 * Effects. `sample` never throws: what is wrong with the tunnel, or with the way it is set up, is the sample.
 */
import type { Machine, Tunnel } from '../../app/ports.ts';
import { describeError } from '../../core/errors.ts';
import { becomeTunnel } from './become.ts';
import { type Kit, LIMITS, type SshHost, type SshLimits, type SshPlaces, sshPlaces } from './kit.ts';
import { sampleTunnel } from './sample.ts';
import { setUpSelfcheck } from './set-up.ts';
import { nameOfMaster } from './why-no-master.ts';

export interface OpenSshOptions {
  readonly places?: SshPlaces;
  readonly limits?: SshLimits;
}

/** The adapter; tests hand in other places and limits. */
export function openSshTunnel(
  machine: Pick<Machine, 'monotonicMs' | 'sleep'>,
  host: SshHost,
  options: OpenSshOptions = {},
): Tunnel {
  const kit: Kit = { machine, host, places: options.places ?? sshPlaces(), limits: options.limits ?? LIMITS };
  return {
    sample(tunnel, bootId) {
      try {
        return sampleTunnel(kit, tunnel, bootId);
      } catch (error) {
        return { kind: 'unproven', why: describeError(error) };
      }
    },
    running: () => nameOfMaster(kit.places),
    become: (tunnel) => becomeTunnel(kit, tunnel),
    setUp: (tunnel) => setUpSelfcheck(kit, tunnel),
  };
}
