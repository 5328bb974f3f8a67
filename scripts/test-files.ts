/**
 * Which test files there are and how each kind is run. Shared by the runner and by the check that none is left out.
 *
 * Invariant: every kind here is run by `make test`, or, where the name says `.long.test.ts`, by `make test-long`; so a file
 * that `testFiles` lists is a file that runs.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repoDir } from './node-package.ts';

/** `private mounts`: in a mount namespace of its own, so that no mount of a failed test stays behind. */
export interface TestKind {
  readonly folder: string;
  readonly timeoutMs: number;
  readonly atOnce: number;
  readonly privateMounts: boolean;
}

const UNIT: TestKind = { folder: '', timeoutMs: 120_000, atOnce: 2, privateMounts: false };

/** In the order they run: what fails fast comes first. Folders below test/; everything else is a unit test. */
const SPECIAL_KINDS: readonly TestKind[] = [
  { folder: 'model', timeoutMs: 600_000, atOnce: 2, privateMounts: false },
  { folder: 'crash', timeoutMs: 600_000, atOnce: 1, privateMounts: false },
  { folder: 'cli', timeoutMs: 300_000, atOnce: 1, privateMounts: true },
  // Hundreds of random sequences when they are long; before the folder that it is in.
  { folder: 'integration/store', timeoutMs: 2_400_000, atOnce: 1, privateMounts: true },
  { folder: 'integration', timeoutMs: 300_000, atOnce: 1, privateMounts: true },
  { folder: 'vm', timeoutMs: 1_200_000, atOnce: 1, privateMounts: true },
];

export const TEST_KINDS: readonly TestKind[] = [UNIT, ...SPECIAL_KINDS];

/** The kind of a test file, by its path from the repository's top. */
export function kindOf(file: string): TestKind {
  return SPECIAL_KINDS.find(({ folder }) => file.startsWith(`test/${folder}/`)) ?? UNIT;
}

/** All files below `folder` (from the repository's top), sorted, without what is installed or built. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(repoDir, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(repoDir, join(entry.parentPath, entry.name)))
    .sort();
}

/** Every test file, from the repository's top: `test/…/NAME.test.ts`. */
export function testFiles(): string[] {
  return filesBelow('test').filter((file) => file.endsWith('.test.ts'));
}

/** Guests that take minutes and show what shorter ones show in parts. */
export function isLong(file: string): boolean {
  return file.endsWith('.long.test.ts');
}
