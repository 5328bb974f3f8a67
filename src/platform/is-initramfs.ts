/**
 * Whether this is an initramfs: the machine's watchdog and clock are lifeboot's there, and nowhere else. The boot stage is
 * also run on systems that work, by tests and by people who try a slot.
 */
import { statfsSync } from 'node:fs';

/** Magic numbers of what an initramfs is unpacked into (statfs(2)). */
const MEMORY_FILE_SYSTEMS = [0x858458f6, 0x01021994];

export function isInitramfs(): boolean {
  return MEMORY_FILE_SYSTEMS.includes(statfsSync('/').type);
}
