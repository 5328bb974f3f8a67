/**
 * Fetching an image with curl: argument lists, and what an end of it means for the next step.
 *
 * Pure. Exit statuses: curl(1), EXIT CODES.
 */

/** `again`: go on where it stopped; `afresh`: what is there does not fit; `absent`: the server has no such file. */
export type FetchOutcome = 'done' | 'again' | 'afresh' | 'absent' | 'failed';

const ALWAYS = [
  'curl',
  ...['--fail', '--location', '--proto', '=https,http', '--proto-redir', '=https,http'],
  // A link that brings nothing for two minutes is dead, and a new connection may not be.
  ...['--connect-timeout', '30', '--speed-limit', '1', '--speed-time', '120'],
];

/** Writes behind what the file holds already. Prints the status of HTTP. */
export function fetchCommand(url: string, file: string, isShown: boolean): readonly string[] {
  const shown = isShown ? ['--progress-bar'] : ['--silent', '--show-error'];
  return [...ALWAYS, ...shown, '--continue-at', '-', '--write-out', '%{http_code}', '--output', file, '--', url];
}

/** Prints the headers of all answers, the last of them that of the file. */
export function headCommand(url: string): readonly string[] {
  return [...ALWAYS, '--silent', '--show-error', '--head', '--', url];
}

export interface RemoteFile {
  /** null: the server does not say. */
  readonly bytes: number | null;
  /** Changes when the file does; null: the server does not say. */
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
  return { bytes, version: value('etag') ?? value('last-modified') };
}

const RANGE_ERROR = 33;
/** DNS, connect, cut off, time-out, TLS connect, empty answer, send, receive, HTTP/2 streams. */
const PASSING: readonly (number | null)[] = [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92];
const HTTP_ERROR = 22;

/**
 * @param status curl's exit status; null: it was killed
 * @param printed what it printed: the status of HTTP
 */
export function judgeFetch(status: number | null, printed: string): FetchOutcome {
  if (status === 0) return 'done';
  if (status === RANGE_ERROR) return 'afresh';
  if (PASSING.includes(status)) return 'again';
  if (status !== HTTP_ERROR) return 'failed';
  const code = Number(printed);
  if (code === 404 || code === 410) return 'absent';
  return code >= 500 || code === 429 ? 'again' : 'failed';
}
