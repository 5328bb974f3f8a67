/** `lifeboot install`: an image into the inactive slot, with progress. */
import { installImage } from '../../app/install.ts';
import type { Ports } from '../../app/ports.ts';
import type { Command } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';
import { makeProgress } from './progress.ts';

type InstallCommand = Extract<Command, { verb: 'install' }>;

export function runInstall(command: InstallCommand, ports: Ports, io: Io): ExitCode {
  const progress = makeProgress(io);
  try {
    const edited = installImage(ports, command, {
      onProgress: progress.show,
      say: (text) => io.stdout(`${text}\n`),
    });
    progress.end();
    return reportEdited(edited, io);
  } catch (error) {
    progress.end();
    throw error;
  }
}
