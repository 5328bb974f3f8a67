/**
 * `lifeboot factory-reset`: asks the next boot for it. Nothing is reset while a system runs on it.
 *
 * Effects: edits the boot state.
 */
import { type ResetRequest, requestReset } from '../core/reset/request-reset.ts';
import { type Edited, editState } from './edit-state.ts';
import type { Ports } from './ports.ts';

/** @throws BootError REFUSED without a data partition, and those of {@link editState} */
export function factoryReset(ports: Ports, request: ResetRequest & { readonly dryRun: boolean }): Edited {
  const bootId = ports.machine.bootId();
  const done = ports.run.readBootInfo()?.done ?? [];
  return editState(ports, request, (state, config) => requestReset(state, request, { config, bootId, done }));
}
