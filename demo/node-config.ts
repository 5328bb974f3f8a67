/**
 * What the demo's node is: its configuration and its kernel command line.
 *
 * Reads only the environment variable DEADLINE. The configuration is an ordinary one, with shorter times: a bad day has to fit in a coffee break.
 */
import { type ForwardEnd, socketEnd } from '../test/vm/support/far-end.ts';
import { nodeToml } from '../test/vm/support/node-toml.ts';

export const NODE_NAME = 'W023';
export const forwardEnd: ForwardEnd = socketEnd('demo');

/** Times and attempts that differ from lifeboot's defaults, with the default beside each. */
export const shortened = [
  { key: 'confirm.deadline', value: '120s', standard: '15min' },
  { key: 'confirm.hold', value: '20s', standard: '2min' },
  { key: 'attempts.trial', value: '2', standard: '3' },
] as const;

/** On a busy or slow machine: `make demo DEADLINE=300` (seconds), passed on the kernel command line. */
const longerDeadline = Number(process.env['DEADLINE'] ?? 0);
export const deadlineWords: string = longerDeadline > 0 ? `lifeboot.confirm.deadline=${longerDeadline}s` : '';
/** How much longer than usual everything may take. */
export const patience: number = Math.max(1, longerDeadline / Number.parseInt(shortened[0].value, 10));

export const configuredAttempts = Number(shortened[2].value);
/** In the last scenarios one attempt is enough to see the way back: `lifeboot state set slots.NAME.limit 1`. */
export const laterAttempts = 1;

export const nodeConfig = nodeToml({
  name: NODE_NAME,
  forward: forwardEnd,
  deadline: shortened[0].value,
  hold: shortened[1].value,
  trialAttempts: configuredAttempts,
});

/** loglevel=6: the kernel's own start and end of each boot are seen on the console. */
export const kernelCommandLine = 'console=ttyS0 loglevel=6 systemd.show_status=0';
