/**
 * What rescue is doing, or would do, on this node: the report behind `rescue status`.
 *
 * Pure. Invariant: a node on which rescue could reach nobody is told so while it still runs well.
 */
import type { Config } from '../config/config.ts';

export interface NetworkPort {
  readonly name: string;
  readonly kind: 'wired' | 'wifi' | 'modem';
  /** The cable carries a signal; null: the port is down, so nobody knows. */
  readonly link: boolean | null;
  readonly addresses: readonly string[];
}

/** What the initramfs's shell has left in `/run/lifeboot`. */
export interface RescueSession {
  readonly reason: string;
  /** When it ends, in seconds since the kernel started. */
  readonly endsAtSeconds: number | null;
  /** The port that is used now. */
  readonly port: string | null;
  /** The address of the server that is tried or used now. */
  readonly host: string | null;
  readonly tunnelUp: boolean;
  /** What ssh said last, or null. */
  readonly said: string | null;
}

export interface RescueFacts {
  readonly config: Config;
  readonly session: RescueSession | null;
  readonly ports: readonly NetworkPort[];
  readonly uptimeSeconds: number;
}

export interface RescueReport {
  readonly node: string;
  readonly inRescue: boolean;
  readonly configured: boolean;
  readonly reason: string | null;
  /** Seconds until it ends by reboot; null outside of rescue. */
  readonly secondsLeft: number | null;
  readonly firstSeconds: number | null;
  readonly ports: readonly NetworkPort[];
  readonly tunnel: Pick<RescueSession, 'port' | 'host' | 'tunnelUp' | 'said'> | null;
  /** Why rescue would not be reached, or is not. */
  readonly problems: readonly string[];
}

export function describeRescue({ config, session, ports, uptimeSeconds }: RescueFacts): RescueReport {
  const endsAt = session?.endsAtSeconds ?? null;
  return {
    node: config.node.name,
    inRescue: session !== null,
    configured: config.rescue !== null,
    reason: session?.reason ?? null,
    secondsLeft: endsAt === null ? null : Math.max(0, Math.round(endsAt - uptimeSeconds)),
    firstSeconds: config.rescue?.timeSeconds ?? null,
    ports,
    tunnel:
      session === null
        ? null
        : { port: session.port, host: session.host, tunnelUp: session.tunnelUp, said: session.said },
    problems: rescueProblems(config, ports),
  };
}

/** What stands against rescue on this node; empty also where rescue is not configured. */
export function rescueProblems(config: Config, ports: readonly NetworkPort[]): readonly string[] {
  if (config.rescue === null) return [];
  return [
    ...(config.tunnel === null ? ['rescue is configured, but there is no [tunnel] that it could open'] : []),
    ...(ports.some(({ kind }) => kind === 'wired') ? [] : [withoutWire(ports)]),
  ];
}

function withoutWire(ports: readonly NetworkPort[]): string {
  const others = [...new Set(ports.map(({ kind }) => (kind === 'wifi' ? 'Wi-Fi' : 'a modem')))];
  const only = others.length === 0 ? 'this node has no network port' : `this node has only ${others.join(' and ')}`;
  return `${only}, and rescue knows wired ports only: when nothing boots, it cannot be reached`;
}
