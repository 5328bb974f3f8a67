/** `lifeboot tend`: what the look has shown, and which step was taken. */
import type { Ports } from '../../app/ports.ts';
import { type TendReport, tend } from '../../app/tend.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, wrap } from '../render.ts';

interface TendCommand {
  readonly json: boolean;
  readonly dryRun: boolean;
}

/** @returns 0 also while the tunnel is away: a unit that fails each minute tells an operator nothing */
export function runTend(command: TendCommand, ports: Ports, io: Io): ExitCode {
  const report = tend(ports, command);
  io.stdout(command.json ? formatJson(report) : `${formatTend(report, command.dryRun).join('\n')}\n`);
  return report.trouble === null ? EXIT.ok : EXIT.failed;
}

const TUNNEL: Readonly<Record<TendReport['tunnel'], string>> = {
  unchanged: 'the tunnel is proven and unchanged',
  proven: 'the tunnel is proven',
  away: 'the tunnel is away',
  unknown: 'not looked at',
};

const DID: Readonly<Record<Exclude<TendReport['did'], 'nothing'>, string>> = {
  prove: 'record the proof of this boot',
  last: 'note that this boot lasts',
  offer: 'offer the trials again that were held back',
  forget: 'forget the ladder: all is well',
  restartTunnel: 'restart the tunnel',
  restartNetwork: 'restart the services of the network',
  boot: 'boot another way',
  reboot: 'reboot',
  endRound: 'end the round, and wait',
};

function formatTend({ tunnel, did, why, trouble }: TendReport, dryRun: boolean): readonly string[] {
  const step = did === 'nothing' ? [] : [`${dryRun ? 'would ' : ''}${DID[did]}`];
  return [...wrap(`${TUNNEL[tunnel]}: `, why), ...step, ...(trouble === null ? [] : wrap('failed: ', trouble))];
}
