/**
 * What this machine can do with layers: which forms its kernel mounts, and which tools are there.
 */
import { readFileSync } from 'node:fs';
import type { FormFacts } from '../../core/store/choose-form.ts';
import { tryTool } from '../root/tools.ts';
import { type ImageForm, packerOf } from './pack-tree.ts';

const FILE_SYSTEMS: Readonly<Record<ImageForm, string>> = { erofs: 'erofs', sqfs: 'squashfs' };
const IMAGES: readonly ImageForm[] = ['erofs', 'sqfs'];

const AUXILIARY_VECTOR = '/proc/self/auxv';
/** AT_PAGESZ of getauxval(3). */
const PAGE_SIZE_KEY = 6n;
const USUAL_PAGE_BYTES = 4096;

/** Loads the modules of the file systems where they are not loaded yet. Never throws. */
export function gatherFormFacts(): FormFacts {
  return {
    mountable: IMAGES.filter((form) => canMount(FILE_SYSTEMS[form])),
    packable: IMAGES.filter((form) => tryTool([packerOf(form), '--help']).trouble !== 'program not found'),
    pageBytes: readPageBytes(),
  };
}

function canMount(type: string): boolean {
  if (isKnown(type)) return true;
  tryTool(['modprobe', '-q', '--', type]);
  return isKnown(type);
}

function isKnown(type: string): boolean {
  const lines = readFileSync('/proc/filesystems', 'utf8').split('\n');
  return lines.some((line) => line.split('\t')[1] === type);
}

/** Node does not tell. */
function readPageBytes(): number {
  try {
    const bytes = readFileSync(AUXILIARY_VECTOR);
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      if (bytes.readBigUInt64LE(at) === PAGE_SIZE_KEY) return Number(bytes.readBigUInt64LE(at + 8));
    }
  } catch {
    // Without /proc nothing can be mounted either.
  }
  return USUAL_PAGE_BYTES;
}
