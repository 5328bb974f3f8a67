/**
 * The adapters that only some verbs need: tunnel, checks, services, repair, install, doctor's survey.
 *
 * Loaded at their first use (main.ts): `plan`, `status` and `boot` start without them.
 */
import { join } from 'node:path';
import type { Machine, Ports } from '../app/ports.ts';
import type { BaseSource } from '../core/root/base-source.ts';
import { STORE } from '../core/root/store-names.ts';
import type { SlotName } from '../core/slot.ts';
import { makeChecks } from './checks.ts';
import { makeHeartbeat } from './heartbeat.ts';
import { makeIncoming } from './install/incoming.ts';
import { makeDeadline } from './postpone-deadline.ts';
import { makeRepairs } from './repair/make-repairs.ts';
import { findDevice } from './root/find-device.ts';
import { saveIdentity } from './root/save-identity.ts';
import { makeServices } from './services.ts';
import type { SshHost } from './ssh/kit.ts';
import { openSshTunnel } from './ssh/open-ssh.ts';
import { makeLayerStore } from './store/layer-store.ts';
import { makeChanges } from './store/running-changes.ts';
import { makeSurvey } from './survey.ts';

export type OperatorPorts = Pick<
  Ports,
  | 'tunnel'
  | 'checks'
  | 'deadline'
  | 'services'
  | 'heartbeat'
  | 'survey'
  | 'repairs'
  | 'incoming'
  | 'layers'
  | 'changes'
  | 'saveIdentity'
>;

export interface OperatorOptions {
  readonly machine: Machine;
  readonly host: SshHost;
  readonly runDir: string;
  /** Node's name of this machine's processor. */
  readonly arch: string;
  /** The device of a slot's base, as configured. */
  sourceOf(slot: SlotName): BaseSource;
  runningSlot(): SlotName | null;
  /** Somebody watches standard error. */
  readonly isTerminal: boolean;
}

export function makeOperatorPorts(options: OperatorOptions): OperatorPorts {
  const { machine, host, runDir, arch, sourceOf, runningSlot, isTerminal } = options;
  return {
    tunnel: openSshTunnel(machine, host),
    checks: makeChecks(),
    deadline: makeDeadline(),
    services: makeServices(),
    heartbeat: makeHeartbeat(machine.uptimeSeconds),
    survey: makeSurvey(findDevice),
    repairs: makeRepairs({ runDir, arch }),
    incoming: makeIncoming(join(runDir, 'data', STORE), isTerminal),
    layers: makeLayerStore({
      runDir,
      sourceOf,
      runningSlot,
      systemRoot: '/',
      become: host.execve,
      pid: host.pid,
      env: host.env,
    }),
    changes: makeChanges({ runDir, store: join(runDir, 'data', STORE) }),
    saveIdentity: (files) => saveIdentity(files),
  };
}
