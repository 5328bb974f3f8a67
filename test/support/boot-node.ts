/** Boots a node in memory, step by step: what happened to it, in order, and which steps fail is the test's choice. */
import { boot } from '../../src/app/boot.ts';
import type { BootInfo, Ports, RootBuilder } from '../../src/app/ports.ts';
import { BootError, type ErrorCode } from '../../src/core/errors.ts';
import { type FakeSetup, fakeNode } from './fake-ports.ts';

export type Method = keyof RootBuilder;

export interface Trouble {
  /** Which steps fail, as `METHOD SLOT`. */
  readonly fail?: Readonly<Record<string, ErrorCode>>;
  /** Saves that fail, counted from 1. */
  readonly failSaves?: boolean;
  readonly holds?: Readonly<Record<string, string>>;
  /** What the store has for a slot. */
  readonly layers?: Readonly<Record<string, { readonly id: string; readonly sameAs?: string }>>;
}

/** Boots a node in memory, and tells what happened to it, in order. */
export function bootNode(setup: FakeSetup, trouble: Trouble = {}) {
  const node = fakeNode({ ...setup, saveFails: trouble.failSaves ?? false });
  const events: string[] = [];
  const waits: number[] = [];
  let nowMs = 0;
  let slot = '';
  let info: BootInfo | null = null;
  const step = <T>(method: Method, result: T): T => {
    const code = trouble.fail?.[`${method} ${slot}`];
    if (code !== undefined) {
      events.push(`${method} ${slot} fails`);
      if (code === 'ABSENT') nowMs += 1000 * (waits.at(-1) ?? 0);
      throw new BootError(code, `${method} broke`);
    }
    events.push(`${method} ${slot}`);
    return result;
  };
  const roots: RootBuilder = {
    mountBase(request) {
      slot = request.slot;
      waits.push(request.waitSeconds);
      const id = trouble.holds?.[slot] ?? slot.repeat(4);
      const device = { device: '/dev/x', partuuid: 'p', serial: null, removable: false, notes: [] };
      return step('mountBase', { deployment: { id, version: null }, ...device });
    },
    mountLayers: ({ base }) => {
      const layered = trouble.layers?.[slot];
      const deployment = layered === undefined ? base : { id: layered.id, version: null, base: base.id };
      return step('mountLayers', { stack: { deployment, sameAs: layered?.sameAs ?? null }, degraded: [] });
    },
    resetData: () => step('resetData', { done: true, told: ['reset'], degraded: [] }),
    mountUpper: () => step('mountUpper', ['the upper is in memory']),
    assemble: () => step('assemble', []),
    bindPersistent: () => step('bindPersistent', []),
    placeIdentity: () => step('placeIdentity', []),
    check: () => step('check', '/sbin/init'),
    setDeadline: () => step('setDeadline', []),
    bringIdentity: () => step('bringIdentity', []),
    release: () => void events.push(`release ${slot}`),
  };
  const store = node.ports.openState(node.ports.config.load().config);
  const ports: Ports = {
    ...node.ports,
    openState: () => ({
      ...store,
      save(state) {
        store.save(state);
        events.push('save');
      },
    }),
    roots,
    run: {
      ...node.ports.run,
      writeBootInfo: (written) => {
        info = written;
      },
      writeInit: (path) => void events.push(`enter ${slot} ${path}`),
    },
    rescue: {
      ...node.ports.rescue,
      order: ({ reason, seconds, isSaved }) =>
        void events.push(`rescue ${seconds}${isSaved ? '' : ' unsaved'}: ${reason}`),
    },
    machine: { ...node.ports.machine, evidence: () => null, monotonicMs: () => nowMs },
    log: { info: () => undefined, warn: () => undefined },
  };
  const result = boot(ports);
  return { result, events, waits, info: info as BootInfo | null, saves: node.saves };
}
