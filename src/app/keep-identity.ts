/**
 * Keeps copies of the identity files of a system that is proven: after the proof, and while the tunnel goes on being proven,
 * because keys and certificates are renewed in between, and the next boot may be another slot's.
 *
 * Effects: writes on the data partition where a file is newer than its copy. Never throws.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import type { Ports } from './ports.ts';

/** @returns what was renewed, or why it could not be, in words */
export function keepIdentity(ports: Ports, config: Config): readonly string[] {
  try {
    const renewed = ports.saveIdentity(config.identity.files);
    return renewed.map((path) => `renewed the kept copy of '${path}'`);
  } catch (error) {
    return [`cannot keep the identity files: ${describeError(error)}, ignoring`];
  }
}
