/**
 * Fetching an image with curl: argument lists, and what an end of it means for the next step.
 *
 * Pure. Exit statuses: curl(1), EXIT CODES.
 */

/** `again`: go on where it stopped; `afresh`: what is there does not fit; `denied`: the server does not give it. */
export type FetchOutcome = 'done' | 'again' | 'afresh' | 'denied' | 'full' | 'failed';

/** The file and where it is put. */
export interface Fetch {
  readonly url: string;
  readonly file: string;
  /** curl may not write more, whatever the server sends. */
  readonly maxBytes: number;
  /** What the server called the version of which a part is there: it is only continued from that one; null: none is. */
  readonly version: string | null;
  /** Draws its progress on standard error. */
  readonly isShown: boolean;
}

/** Also ends when lifeboot does; no curlrc changes what is done, and an address is no pattern of addresses. */
function curl(url: string, maxBytes: number): readonly string[] {
  const to = url.startsWith('https:') ? '=https' : '=https,http';
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', 'prlimit', `--fsize=${maxBytes}`, '--'],
    ...['curl', '--disable', '--globoff', '--fail', '--location', '--proto', '=https,http', '--proto-redir', to],
    // A link that brings next to nothing for two minutes is dead, and a new connection may not be.
    ...['--connect-timeout', '30', '--speed-limit', '100', '--speed-time', '120'],
  ];
}

/** Writes behind what the file holds already. Prints the status of HTTP. */
export function fetchCommand({ url, file, maxBytes, version, isShown }: Fetch): readonly string[] {
  const shown = isShown ? ['--progress-bar'] : ['--silent', '--show-error'];
  const onward = version === null ? [] : ['--continue-at', '-', '--header', `If-Range: ${version}`];
  return [...curl(url, maxBytes), ...shown, ...onward, '--write-out', '%{http_code}', '--output', file, '--', url];
}

/** Prints the headers of all answers, the last of them that of the file. */
export function headCommand(url: string): readonly string[] {
  return [...curl(url, 0), '--silent', '--show-error', '--head', '--', url];
}

export interface RemoteFile {
  /** null: the server does not say. */
  readonly bytes: number | null;
  /** Changes when the file does, and can be asked for; null: the server has none. */
  readonly version: string | null;
}

/** @param headers what {@link headCommand} printed */
export function parseHead(headers: string): RemoteFile {
  const last =
    headers
      .trimEnd()
      .split(/\r?\n\r?\n/)
      .at(-1) ?? '';
  const value = (name: string): string | null =>
    new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(last.replaceAll('\r', ''))?.[1] ?? null;
  const length = value('content-length');
  const bytes = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
  const tag = value('etag');
  // A weak tag is no good for a part of a file.
  return { bytes, version: tag?.startsWith('"') === true ? tag : value('last-modified') };
}

const RANGE_ERROR = 33;
const WRITE_ERROR = 23;
const HTTP_ERROR = 22;
/** DNS, connect, cut off, time-out, TLS connect, empty answer, send, receive, HTTP/2 and /3. */
const PASSING: readonly (number | null)[] = [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92, 95, 96];
const PASSING_HTTP: readonly number[] = [408, 425, 429];
const RANGE_NOT_SATISFIABLE = 416;

/**
 * @param status curl's exit status; null: it was killed
 * @param printed what it printed: the status of HTTP
 */
export function judgeFetch(status: number | null, printed: string): FetchOutcome {
  if (status === 0) return 'done';
  if (status === RANGE_ERROR) return 'afresh';
  if (status === WRITE_ERROR) return 'full';
  if (PASSING.includes(status)) return 'again';
  if (status !== HTTP_ERROR) return 'failed';
  const code = Number(printed);
  if (code === RANGE_NOT_SATISFIABLE) return 'afresh';
  if (code >= 500 || PASSING_HTTP.includes(code)) return 'again';
  return 'denied';
}

const MIB = 1024 * 1024;

/**
 * What of the free space a fetch must leave: a full data partition costs the next boot its writable layer.
 * @returns bytes that may be written
 */
export function roomFor({ freeBytes, sizeBytes }: { readonly freeBytes: number; readonly sizeBytes: number }): number {
  return Math.max(0, Math.floor(freeBytes - Math.max(16 * MIB, sizeBytes / 20)));
}
