/**
 * A web server of its own process, because lifeboot fetches synchronously: `web-server.ts DIRECTORY`. Prints its port,
 * then a line for each request.
 *
 * `/whole/NAME` knows ranges and versions; `/cut/NAME` breaks each answer off after half a megabyte; `/plain/NAME` knows
 * neither ranges nor lengths; `/moved/NAME` leads to `/whole/NAME`, `/escape/NAME` to a file; `/denied/NAME` always says 403.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

const [dir = ''] = process.argv.slice(2);
const CUT_BYTES = 512 * 1024;

const server = createServer((request, response) => {
  const [, way = '', name = ''] = (request.url ?? '').split('/');
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  console.log(`${request.method} ${way} ${basename(name)} ${range ?? '-'}`);
  if (way === 'moved') return redirect(response, `/whole/${name}`);
  if (way === 'escape') return redirect(response, `file://${join(dir, basename(name))}`);
  if (way === 'denied') return void response.writeHead(403).end();
  const file = join(dir, basename(name));
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return void response.writeHead(404).end('no such file');
  const bytes = readFileSync(file);
  if (way === 'plain') return void response.writeHead(200).end(request.method === 'HEAD' ? undefined : bytes);
  const from = Math.min(Number(range ?? 0), bytes.length);
  if (range !== undefined && from === bytes.length) return void response.writeHead(416).end();
  const length = { etag: `"${found.mtimeMs}"`, 'content-length': bytes.length - from };
  const part = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(range === undefined ? 200 : 206, range === undefined ? length : { ...length, ...part });
  if (request.method === 'HEAD') return void response.end();
  if (way !== 'cut' || bytes.length - from <= CUT_BYTES) return void response.end(bytes.subarray(from));
  response.write(bytes.subarray(from, from + CUT_BYTES), () => response.socket?.destroy());
});

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(302, { location: to }).end();
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
