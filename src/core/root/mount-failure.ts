/**
 * Tells from what `mount` printed whose fault it is: what the device holds, the device itself, or this kernel.
 *
 * Pure. mount(8) ends with 32 whatever the kernel said, and gives the error number only as text (run with LC_ALL=C).
 * What is not recognised is IO: a slot must not be called bad for an error that nobody understood, nor for a kernel
 * that lacks a module.
 */
import type { ErrorCode } from '../errors.ts';

export interface MountFailure {
  readonly code: Extract<ErrorCode, 'CONTENT' | 'IO' | 'ABSENT'>;
  readonly hint: string;
}

const CAUSES: readonly (readonly [pattern: RegExp, code: MountFailure['code'], hint: string])[] = [
  [
    /unknown filesystem type|No such device(?! or address)/,
    // Not the slot's fault: an image that lacks a module would condemn every slot of the node in one boot.
    'IO',
    'this kernel lacks the file system: add its module to the initramfs',
  ],
  [
    /wrong fs type|bad superblock|Invalid argument/,
    'CONTENT',
    'the file system is damaged or of another kind: write the image again',
  ],
  [/Structure needs cleaning|Bad message/, 'CONTENT', 'the file system is damaged: write the image again'],
  [
    /special device .* does not exist|No such device or address/,
    'ABSENT',
    'the device went away: check cable and power of the disk',
  ],
  [/can't read superblock|Input\/output error/, 'IO', 'the device cannot be read: check the disk with smartctl'],
];

/** @param said what `mount` printed on its standard error */
export function classifyMountFailure(said: string): MountFailure {
  for (const [pattern, code, hint] of CAUSES) {
    if (pattern.test(said)) return { code, hint };
  }
  return { code: 'IO', hint: 'see the kernel messages for the reason' };
}
