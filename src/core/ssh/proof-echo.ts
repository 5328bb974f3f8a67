/**
 * The words of the near-end login: what `lifeboot proof --echo` answers, and the `authorized_keys` line that allows it.
 *
 * Pure. Invariant: the line opens nothing but that one command, so the key is worthless to whoever steals it.
 */

export const ECHO_COMMAND = 'lifeboot proof --echo';

const WORD = 'lifeboot-proof';

/** What the echo prints: proof that a login shell on this very boot ran it. */
export function formatAnswer(bootId: string): string {
  return `${WORD} ${bootId}`;
}

/** @returns the boot id in what a login printed, whatever a profile or a banner printed around it; null: none */
export function parseAnswer(printed: string): string | null {
  for (const line of printed.split('\n')) {
    const bootId = /^lifeboot-proof ([0-9a-f]{32})\s*$/.exec(line)?.[1];
    if (bootId !== undefined) return bootId;
  }
  return null;
}

/** The line for `publicKey` (as ssh-keygen wrote it: type, key, comment). */
export function authorizedLine(publicKey: string): string {
  const [type = '', key = ''] = publicKey.trim().split(/\s+/);
  return `restrict,command="${ECHO_COMMAND}" ${type} ${key} lifeboot-selfcheck`;
}

/**
 * `content` of an authorized_keys file with exactly one self-check line, all other lines kept as they are.
 * @returns the same text when nothing is to be done
 */
export function withAuthorizedLine(content: string, line: string): string {
  const lines = content === '' ? [] : content.replace(/\n$/, '').split('\n');
  const kept = lines.filter((each) => !/\slifeboot-selfcheck\s*$/.test(each));
  if (lines.includes(line) && kept.length === lines.length - 1)
    return content.endsWith('\n') ? content : `${content}\n`;
  return `${[...kept, line].join('\n')}\n`;
}
