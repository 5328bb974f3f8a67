/**
 * Waits for a node that can be logged into through its tunnel, and asks what it says of itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FarEnd } from '../support/far-end.ts';
import { type NodeStatus, parseStatus } from '../support/node-view.ts';
import type { Guest } from '../support/qemu.ts';

export interface Wanted {
  /** Not this boot any more. */
  readonly after?: string;
  readonly limitMs: number;
}

/** @returns the status of a boot that is proven. @throws Error when the time is over or the guest has ended */
export async function waitForProof(guest: Guest, farEnd: FarEnd, { after, limitMs }: Wanted): Promise<NodeStatus> {
  const endMs = Date.now() + limitMs;
  let last = 'it could not be logged into';
  while (guest.running && Date.now() < endMs) {
    const status = await askStatus(farEnd);
    if (status === null) last = 'it could not be logged into';
    else if (status.booted?.proven === true && status.booted.bootId !== after) return status;
    else last = `it says ${JSON.stringify(status.booted)}`;
    await sleep(2000);
  }
  const said = guest.lines.slice(-12).map(({ text }) => `  ${text}`);
  throw new Error(`the node was not proven in ${limitMs / 1000} s: ${last}\n${said.join('\n')}`);
}

async function askStatus(farEnd: FarEnd): Promise<NodeStatus | null> {
  const { status, stdout } = await farEnd.login('lifeboot status --json', { timeoutMs: 30_000 });
  return status === 255 || stdout === '' ? null : parseStatus(stdout);
}
