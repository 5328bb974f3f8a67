/**
 * Everything that reads what others wrote.
 */
import { BYTE_TARGETS } from './byte-targets.ts';
import type { Target } from './fuzz.ts';
import { IMAGE_TARGETS } from './image-targets.ts';
import { STATE_TARGETS } from './state-targets.ts';
import { TEXT_TARGETS } from './text-targets.ts';

export const TARGETS: readonly Target[] = [...STATE_TARGETS, ...TEXT_TARGETS, ...IMAGE_TARGETS, ...BYTE_TARGETS];
