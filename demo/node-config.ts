/**
 * What the demo's node is: its configuration and its kernel command line.
 *
 * The configuration is an ordinary one, with shorter times: a bad day has to fit in a coffee break.
 */
import { type ForwardEnd, socketEnd } from '../test/vm/support/far-end.ts';
import { nodeToml } from '../test/vm/support/node-toml.ts';

export const NODE_NAME = 'W023';
export const forwardEnd: ForwardEnd = socketEnd('demo');

/** Times and attempts that differ from lifeboot's defaults, with the default beside each. */
export const shortened = [
  { key: 'confirm.deadline', value: '5min', standard: '15min' },
  { key: 'confirm.hold', value: '10s', standard: '2min' },
  { key: 'attempts.trial', value: '2', standard: '3' },
] as const;

/**
 * The deadline for a machine on which the first proof took so long: trials that cannot prove themselves are waited for to
 * the end. It counts from the kernel's start, an emulated boot varies by a third, and the first is the slowest.
 */
export function deadlineAfter(firstProofSeconds: number): number {
  return Math.min(300, Math.max(80, Math.ceil((firstProofSeconds * 1.3) / 5) * 5));
}

export const configuredAttempts = Number(shortened[2].value);
/** Where an attempt lasts minutes, one is enough to see the way back: `lifeboot state set slots.NAME.limit 1`. */
export const shortAttempts = 1;

export const nodeConfig = nodeToml({
  name: NODE_NAME,
  forward: forwardEnd,
  deadline: shortened[0].value,
  hold: shortened[1].value,
  trialAttempts: configuredAttempts,
});

/** loglevel=6: the kernel's own start and end of each boot are seen on the console. */
export const kernelCommandLine = 'console=ttyS0 loglevel=6 systemd.show_status=0';
