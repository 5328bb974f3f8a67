/**
 * Reads what the kernel shows as files. What is not there is an answer: this kernel, or this machine, has no such thing.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** @returns the names in a directory; none when it is missing */
export function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** @returns the text of a file; empty when it is missing */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
