/** Ports that refuse to be touched: a test lays over them what its use case may use. */
import type { Ports } from '../../src/app/ports.ts';

export function never(what: string): never {
  throw new Error(`an operator command called ${what}`);
}

/** Ports that no operator command may touch. */
export const UNUSED_PORTS: Ports = {
  config: { load: () => never('config') },
  openState: () => never('openState'),
  prepareState: () => never('prepareState'),
  roots: new Proxy({} as Ports['roots'], { get: (_, name) => () => never(`roots.${String(name)}`) }),
  run: new Proxy({} as Ports['run'], { get: (_, name) => () => never(`run.${String(name)}`) }),
  tunnel: new Proxy({} as Ports['tunnel'], { get: (_, name) => () => never(`tunnel.${String(name)}`) }),
  checks: { run: () => never('checks') },
  deadline: { postpone: () => never('deadline') },
  services: { restart: () => never('restart'), restartRunning: () => never('restartRunning') },
  rescue: {
    order: () => never('rescue.order'),
    end: () => never('rescue.end'),
    session: () => null,
    networkPorts: () => [],
  },
  machine: {
    bootId: () => never('bootId'),
    now: () => never('now'),
    clocks: () => ({ nowMs: Date.parse('2026-11-21T22:10:05Z'), rtcMs: null }),
    setClock: () => never('setClock'),
    monotonicMs: () => 0,
    uptimeSeconds: () => 60,
    sleep: () => never('sleep'),
    evidence: () => null,
    forgetEvidence: () => null,
    isRoot: () => true,
    rebootNow: () => never('rebootNow'),
  },
  heartbeat: { beat: () => never('heartbeat') },
  lock: { hold: () => never('lock') },
  log: { info: () => undefined, warn: () => undefined },
  inspectBase: () => never('inspectBase'),
  saveIdentity: () => never('saveIdentity'),
  repairs: new Proxy({} as Ports['repairs'], { get: (_, name) => () => never(`repairs.${String(name)}`) }),
  repairLock: { hold: () => never('repairLock') },
  installLock: { hold: () => never('installLock') },
  layers: new Proxy({} as Ports['layers'], { get: (_, name) => () => never(`layers.${String(name)}`) }),
  changes: new Proxy({} as Ports['changes'], { get: (_, name) => () => never(`changes.${String(name)}`) }),
  layersLock: { hold: () => never('layersLock') },
  incoming: new Proxy({} as Ports['incoming'], { get: (_, name) => () => never(`incoming.${String(name)}`) }),
  survey: new Proxy({} as Ports['survey'], { get: (_, name) => () => never(`survey.${String(name)}`) }),
};
