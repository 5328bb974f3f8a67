/**
 * `lifeboot tunnel` and `lifeboot proof --echo`: the tunnel itself, one look at it, and its set-up.
 *
 * Effects through the port `Tunnel`.
 */
import type { TunnelConfig } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import type { TunnelSample } from '../core/judge/sample.ts';
import { formatAnswer } from '../core/ssh/proof-echo.ts';
import type { Ports } from './ports.ts';

/** `tunnel run`: becomes ssh and does not come back. @throws BootError CONFIG, UNAVAILABLE, BUSY */
export function runTunnel(ports: Ports): never {
  return ports.tunnel.become(requireTunnel(ports));
}

/** `tunnel check`: one look. @throws BootError CONFIG without a `[tunnel]` */
export function checkTunnel(ports: Ports): TunnelSample {
  return ports.tunnel.sample(requireTunnel(ports), ports.machine.bootId());
}

/** `tunnel setup`. @returns what was done; empty when everything was there. @throws BootError CONFIG, IO */
export function setUpTunnel(ports: Ports): readonly string[] {
  return ports.tunnel.setUp(requireTunnel(ports));
}

/** `proof --echo`: the answer of the near-end login. */
export function echoProof(ports: Ports): string {
  return formatAnswer(ports.machine.bootId());
}

function requireTunnel(ports: Ports): TunnelConfig {
  const { config, path } = ports.config.load();
  if (config.tunnel !== null) return config.tunnel;
  throw new BootError('CONFIG', `'${path}' has no [tunnel] (or not a sound one), so there is no tunnel`, {
    hint: "'lifeboot doctor' shows what is wrong with the configuration",
  });
}
