/** `lifeboot plan`: the steps of the next boot, and why. */
import type { Ports } from '../../app/ports.ts';
import { reportPlan } from '../../app/report.ts';
import type { Step } from '../../core/boot/step.ts';
import { describeSource } from '../../core/root/base-source.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, makePaint, wrap } from '../render.ts';

export function runPlan(command: { readonly json: boolean }, ports: Ports, io: Io): ExitCode {
  const plan = reportPlan(ports);
  if (command.json) {
    io.stdout(formatJson(plan));
    return EXIT.ok;
  }
  const paint = makePaint(io);
  const lines = [
    paint(plan.slot === null ? 'the next boot enters no slot' : `the next boot enters slot ${plan.slot}`, 'bold'),
    ...plan.steps.flatMap((step, index) => wrap(`${String(index + 1).padStart(3)}. `, describeStep(step))),
    '',
    paint('because', 'bold'),
    ...plan.trace.flatMap((line) => wrap('  - ', line)),
  ];
  io.stdout(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

/** One step in words. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'mountBase':
      return `mount the base of slot ${step.slot} read-only: ${describeSource(step)}`;
    case 'saveState':
      return `save the state: ${step.note}`;
    case 'mountLayers':
      return `open the store and mount the layers of slot ${step.slot}`;
    case 'resetData':
      return `carry out what is pending on the data partition: ${step.action}`;
    case 'mountUpper':
      return step.upperId === null
        ? `make /etc and /var of slot ${step.slot} ready: ${step.kind}`
        : `mount the upper of slot ${step.slot}: ${step.kind}`;
    case 'assembleRoot':
      return `put the root of slot ${step.slot} together`;
    case 'bindPersistent':
      return `bind the persistent directories: ${step.paths.join(', ')}`;
    case 'placeIdentity':
      return `bring in the identity files: ${step.files.join(', ')}`;
    case 'checkRoot':
      return `check that the root of slot ${step.slot} has an init: ${step.init ?? 'the first usual one'}`;
    case 'setDeadline':
      return `set the deadline: ${step.seconds} s`;
    case 'handOver':
      return `enter slot ${step.slot}${step.attempt === null ? '' : `, attempt ${step.attempt}`}, mode ${step.mode}`;
    case 'reboot':
      return `reboot: ${step.reason}`;
    case 'enterRescue':
      return `enter rescue: ${step.reason}`;
    default:
      return step satisfies never;
  }
}
