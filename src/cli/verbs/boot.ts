/** `lifeboot boot`: the initramfs stage. Its exit code tells the calling shell how to go on. */
import { type BootResult, boot } from '../../app/boot.ts';
import type { Ports } from '../../app/ports.ts';
import { EXIT } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { runPlan } from './plan.ts';

/** EX_TEMPFAIL of sysexits.h: /init reboots. */
const REBOOT = 75;

const EXIT_OF: Readonly<Record<BootResult['kind'], number>> = {
  entered: EXIT.ok,
  reboot: REBOOT,
  rescue: EXIT.unavailable,
};

export function runBoot(command: { readonly dryRun: boolean }, ports: Ports, io: Io): number {
  if (command.dryRun) return runPlan({ json: false }, ports, io);
  const result = boot(ports);
  if (result.kind !== 'entered') io.stderr(`lifeboot: ${result.kind}: ${result.reason}\n`);
  return EXIT_OF[result.kind];
}
