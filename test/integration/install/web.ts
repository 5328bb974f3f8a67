/** A web server in a process of its own, ended with the test. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SERVER = join(import.meta.dirname, 'web-server.ts');

export interface Web {
  /** An address of the server. */
  at(path: string): string;
  /** What was asked of it: `METHOD WAY NAME FIRST-BYTE`. */
  requests(): readonly string[];
}

/** @param dir what it serves @param log where it writes what was asked */
export function withWeb(dir: string, log: string, body: (web: Web) => void): void {
  const out = openSync(log, 'w');
  const server = spawn(process.execPath, [SERVER, dir], { stdio: ['pipe', out, 'inherit'] });
  closeSync(out);
  const lines = (): readonly string[] => readFileSync(log, 'utf8').trim().split('\n');
  try {
    for (let count = 0; count < 200 && !/^\d+$/.test(lines()[0] ?? ''); count += 1) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    body({ at: (path) => `http://127.0.0.1:${lines()[0]}/${path}`, requests: () => lines().slice(1) });
  } finally {
    server.kill();
  }
}
