/**
 * Reads the near-end login: did this node's own sshd let the self-check key in and run the echo on this very boot?
 *
 * Pure. Invariant: only the running boot's id is a proof. Any other end of the login has its own words, because
 * "sshd stopped", "PAM says no" and "no shell" want different hands.
 */
import { parseAnswer } from './proof-echo.ts';
import { type Ended, lastLine, readTrouble, withoutDebug } from './ssh-outcome.ts';

export type LoginReading =
  | { readonly kind: 'proven' }
  /** Refused at the key: the account tells more (shell, home, authorized_keys). */
  | { readonly kind: 'keyRefused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

const failed = (why: string): LoginReading => ({ kind: 'failed', why });

/** @param where such as `localhost port 22`, for the words */
export function readLogin(ended: Ended, bootId: string, user: string, where: string): LoginReading {
  const answer = parseAnswer(ended.stdout);
  if (answer === bootId) return { kind: 'proven' };
  if (answer !== null) return failed(`who answers at ${where} is on another boot ('${answer}'): not this node`);
  const { stderr } = ended;
  if (isAuthenticated(stderr)) return failed(afterLogin(ended, user, where));
  const isSilent = ended.timedOut || /timed out during banner exchange/.test(stderr);
  if (isSilent) return failed(`the node's sshd at ${where} did not answer the login in time`);
  return beforeLogin(ended, user, where);
}

function isAuthenticated(stderr: string): boolean {
  return /^Authenticated to |^debug1: Authentication succeeded/m.test(stderr);
}

function beforeLogin(ended: Ended, user: string, where: string): LoginReading {
  const { stderr } = ended;
  if (/Server accepts key/.test(stderr) && /Connection (closed|reset) by/.test(stderr)) {
    return failed(`the node's sshd took the self-check key, but PAM or an account rule denies '${user}'`);
  }
  if (/Permission denied \(|Too many authentication failures/.test(stderr)) {
    return { kind: 'keyRefused', why: `the node's sshd at ${where} refused the self-check key for '${user}'` };
  }
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known|Host key verification failed/.test(stderr)) {
    return failed(`WRONG HOST KEY at ${where}: who answers there is not this node's sshd`);
  }
  // The last word, not the lines of -v: one of several addresses may refuse while another lets in.
  const refused = /^ssh: connect to host .*: Connection refused/m.test(stderr);
  if (refused) return failed(`no sshd listens at ${where} on this node (Connection refused)`);
  const why = readTrouble(withoutDebug(stderr))?.why ?? ended.trouble ?? lastLine(stderr);
  return failed(`the login to the node's sshd at ${where} failed: ${why ?? `status ${ended.status}`}`);
}

function afterLogin(ended: Ended, user: string, where: string): string {
  const said = [lastLine(ended.stdout), lastLine(ended.stderr)].filter((line) => line !== null).join('; ');
  const detail = said === '' ? '' : `: ${said}`;
  if (ended.status === 254) return `the node's sshd let '${user}' in, but PAM refused to open a session`;
  if (ended.timedOut) return `the login at ${where} succeeded, but 'lifeboot proof --echo' did not answer in time`;
  if (ended.status === 127) return `the login at ${where} succeeded, but its shell finds no 'lifeboot'${detail}`;
  return `the login at ${where} succeeded, but 'lifeboot proof --echo' did not answer (status ${ended.status})${detail}`;
}
