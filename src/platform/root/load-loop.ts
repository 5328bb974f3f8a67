/** Loads the driver of loop devices where nobody has: without udev nothing offers `/dev/loop-control` before that. */
import { existsSync } from 'node:fs';
import { tryTool } from './tools.ts';

/** Never throws: what fails for the lack of it says so. */
export function loadLoop(): void {
  if (!existsSync('/dev/loop-control')) tryTool(['modprobe', 'loop']);
}
