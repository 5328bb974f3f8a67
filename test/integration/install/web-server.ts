/**
 * A web server of its own process, because lifeboot fetches synchronously: `web-server.ts DIRECTORY`. Prints its port,
 * then a line for each request.
 *
 * `/whole/NAME` knows ranges and versions; `/cut/NAME` breaks each answer off after half a megabyte; `/blind/NAME` does so and
 * has no versions; `/torn/NAME` does so and knows no ranges; `/mute/NAME` answers no HEAD; `/moved/NAME` leads to
 * `/whole/NAME`, `/escape/NAME` to a file; `/denied/NAME` always says 403; `/endless/NAME` never ends.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

const [dir = ''] = process.argv.slice(2);
const CUT_BYTES = 512 * 1024;
const CUTTING: readonly string[] = ['cut', 'blind', 'torn'];

interface File {
  readonly bytes: Buffer;
  readonly version: string;
}

const server = createServer((request, response) => {
  const [, way = '', name = ''] = new URL(request.url ?? '', 'http://x').pathname.split('/');
  const file = basename(decodeURIComponent(name));
  console.log(`${request.method} ${way} ${file} ${rangeOf(request) ?? '-'}`);
  if (way === 'moved') return redirect(response, `/whole/${name}`);
  if (way === 'escape') return redirect(response, `file://${join(dir, file)}`);
  if (way === 'denied') return end(response, 403);
  if (way === 'mute' && request.method === 'HEAD') return end(response, 405);
  if (way === 'endless') return request.method === 'HEAD' ? end(response, 200) : flood(response);
  const found = statSync(join(dir, file), { throwIfNoEntry: false });
  if (found === undefined) return end(response, 404);
  send(request, response, way, { bytes: readFileSync(join(dir, file)), version: `"${found.mtimeMs}"` });
});

function rangeOf({ headers }: IncomingMessage): number | null {
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  return from === undefined ? null : Number(from);
}

function send(request: IncomingMessage, response: ServerResponse, way: string, { bytes, version }: File): void {
  const condition = request.headers['if-range'] ?? version;
  const range = way === 'torn' || condition !== version ? null : rangeOf(request);
  const from = range ?? 0;
  if (from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const tag = way === 'blind' ? {} : { etag: version };
  const part = range === null ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(range === null ? 200 : 206, { ...tag, ...part, 'content-length': bytes.length - from });
  if (request.method === 'HEAD') response.end();
  else if (!CUTTING.includes(way) || bytes.length - from <= CUT_BYTES) response.end(bytes.subarray(from));
  else response.write(bytes.subarray(from, from + CUT_BYTES), () => response.socket?.destroy());
}

function flood(response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), more);
  };
  more();
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(302, { location: to }).end();
}

// Whoever started it holds the other end, also when killed.
process.stdin.on('end', () => process.exit()).resume();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
