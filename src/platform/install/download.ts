/**
 * Fetches one file with curl, again and again over a link that breaks.
 *
 * Effects: the file, the network, waiting. Invariant: it ends; without a byte for a quarter of an hour with an error.
 */
import { rmSync, statSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { type Fetch, fetchCommand, judgeFetch } from '../../core/install/fetch.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { pause, whyFailed } from '../root/tools.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A modem that comes back after its own restart still finds the command at work. */
const PATIENCE_MS = 15 * 60_000;
const LONGEST_MS = 24 * 60 * 60_000;

/**
 * @param what the file in words
 * @returns whether the server gives such a file
 * @throws BootError IO, REFUSED when it is larger than there is room for, UNAVAILABLE without curl
 */
export function download(wanted: Fetch, what: string): boolean {
  const { file, isShown } = wanted;
  let isAfresh = false;
  for (let [pauseMs, waitedMs] = [FIRST_PAUSE_MS, 0]; ; ) {
    const before = sizeOf(file);
    const finished = curl(fetchCommand(wanted), isShown);
    const outcome = finished.trouble === 'ended by SIGXFSZ' ? 'full' : judgeFetch(finished.status, finished.stdout);
    if (outcome === 'done') return true;
    if (outcome === 'denied') return false;
    if (outcome === 'full') throw tooLarge(wanted, what);
    if (outcome === 'afresh' && !isAfresh) {
      rmSync(file, { force: true });
      isAfresh = true;
      continue;
    }
    if (sizeOf(file) > before) [pauseMs, waitedMs] = [FIRST_PAUSE_MS, 0];
    if (outcome !== 'again' || waitedMs >= PATIENCE_MS) throw failed(what, file, finished, isShown);
    pause(pauseMs);
    waitedMs += pauseMs;
    pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
  }
}

function curl(argv: readonly string[], isShown: boolean): Finished {
  const finished = tryProgram(argv, { timeoutMs: LONGEST_MS, isShown });
  const NOT_FOUND = 127;
  if (finished.trouble !== 'program not found' && finished.status !== NOT_FOUND) return finished;
  throw new BootError('UNAVAILABLE', "cannot run 'curl'", { hint: 'install the packages curl and util-linux' });
}

/** It could not be continued either. */
function tooLarge({ file, maxBytes }: Fetch, what: string): BootError {
  rmSync(file, { force: true });
  return new BootError('REFUSED', `${what} is larger than the ${formatBytes(maxBytes)} that there is room for`, {
    hint: 'make room on the data partition, or use a smaller image',
  });
}

const CERTIFICATE_PROBLEM = 60;

function failed(what: string, file: string, finished: Finished, isShown: boolean): BootError {
  const said = isShown ? `curl ended with ${finished.status ?? finished.trouble}` : whyFailed(finished);
  const bytes = sizeOf(file);
  const onward =
    bytes > 0 ? `the same command goes on after ${formatBytes(bytes)}` : 'check the address and the network';
  const hint =
    finished.status === CERTIFICATE_PROBLEM ? "check the node's clock, and the package ca-certificates" : onward;
  return new BootError('IO', `cannot fetch ${what}: ${said}`, { hint });
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
