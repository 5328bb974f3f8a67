/** `lifeboot etc-diff [SLOT]`: what would become of the changes to /etc in another deployment. */
import { reportEtc } from '../../app/look-at-changes.ts';
import type { Ports } from '../../app/ports.ts';
import { describeConflict } from '../../core/etc/merge-etc.ts';
import type { EtcReport } from '../../core/operate/describe-etc.ts';
import type { SlotName } from '../../core/slot.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson, wrap } from '../render.ts';

interface EtcDiffCommand {
  readonly slot: SlotName | null;
  readonly json: boolean;
}

export function runEtcDiff(command: EtcDiffCommand, ports: Ports, io: Io): ExitCode {
  const report = reportEtc(ports, command.slot);
  io.stdout(command.json ? formatJson(report) : `${formatEtc(report).join('\n')}\n`);
  return EXIT.ok;
}

function formatEtc({ slot, carry, kept, hidden, conflicts }: EtcReport): readonly string[] {
  const note = `carry is fresh: the deployment of slot ${slot} begins with its own /etc; with carry = "etc" it would be so`;
  return [
    ...(carry === 'fresh' ? wrap('note: ', note) : []),
    ...conflicts.flatMap((conflict) => wrap('conflict: ', describeConflict(conflict))),
    ...kept.map((path) => `carried:  /etc/${path}`),
    ...hidden.map((path) => `deleted:  /etc/${path}`),
    `${kept.length} carried over to slot ${slot}, ${hidden.length} deleted there too, ${conflicts.length} conflicts`,
  ];
}
