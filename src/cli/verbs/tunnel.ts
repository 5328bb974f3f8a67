/** `lifeboot tunnel [run|check|setup]`. */
import type { Ports } from '../../app/ports.ts';
import { checkTunnel, runTunnel, setUpTunnel } from '../../app/tunnel.ts';
import { BootError } from '../../core/errors.ts';
import type { TunnelSample } from '../../core/judge/sample.ts';
import type { TunnelAction } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, makePaint, type Paint, wrap } from '../render.ts';

interface TunnelCommand {
  readonly action: TunnelAction;
  readonly json: boolean;
  readonly dryRun: boolean;
}

export function runTunnelVerb(command: TunnelCommand, ports: Ports, io: Io): ExitCode {
  switch (command.action) {
    case 'run':
      return command.dryRun ? announce('become ssh', ports, io) : runTunnel(ports);
    case 'check':
      return runTunnelCheck(command.json, ports, io);
    case 'setup':
      return command.dryRun ? announce('make what is missing of the self-check of', ports, io) : runSetup(ports, io);
    default:
      return command.action satisfies never;
  }
}

function announce(what: string, ports: Ports, io: Io): ExitCode {
  const { tunnel } = ports.config.load().config;
  if (tunnel === null) throw new BootError('CONFIG', 'the configuration has no [tunnel]');
  io.stdout(`would ${what}: ${tunnel.user}@${tunnel.host} port ${tunnel.port}, forward ${tunnel.forward}\n`);
  return EXIT.ok;
}

function runSetup(ports: Ports, io: Io): ExitCode {
  const done = setUpTunnel(ports);
  io.stdout(done.length === 0 ? 'nothing to change\n' : `${done.join('\n')}\n`);
  return done.length === 0 ? EXIT.nothingToChange : EXIT.ok;
}

function runTunnelCheck(json: boolean, ports: Ports, io: Io): ExitCode {
  const sample = checkTunnel(ports);
  io.stdout(json ? formatJson(sample) : `${formatSample(sample, makePaint(io)).join('\n')}\n`);
  return exitOfSample(sample);
}

/** What one look has shown, for people. */
export function formatSample(sample: TunnelSample, paint: Paint): readonly string[] {
  if (sample.kind === 'proven') {
    const head = `${paint('proven', 'green')}: the tunnel works, at level ${sample.level}`;
    return [head, ...sample.notes.flatMap((note) => wrap('note: ', note))];
  }
  const colour = sample.kind === 'unproven' ? 'red' : 'yellow';
  const [first = '', ...others] = wrap(`${sample.kind}: `, sample.why);
  return [paint(sample.kind, colour) + first.slice(sample.kind.length), ...others];
}

/** `busy` and `clock` are nobody's fault: unavailable, not failed. */
export function exitOfSample(sample: TunnelSample): ExitCode {
  switch (sample.kind) {
    case 'proven':
      return EXIT.ok;
    case 'unproven':
      return EXIT.failed;
    case 'busy':
    case 'clock':
      return EXIT.unavailable;
    default:
      return sample satisfies never;
  }
}
