/** Stands in for the binary at the end of the near-end login: `lifeboot proof --echo`. */
import { readFileSync } from 'node:fs';
import { formatAnswer } from '../../../../src/core/ssh/proof-echo.ts';

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
const isEcho = process.argv.slice(2).join(' ') === 'proof --echo';
if (isEcho) console.log(formatAnswer(bootId));
process.exitCode = isEcho ? 0 : 64;
