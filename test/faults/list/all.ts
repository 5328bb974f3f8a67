/**
 * The fault matrix. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { bootStageFaults } from './boot-stage.ts';
import { bootStateFaults } from './boot-state.ts';
import { goodSlotFaults } from './good-slot.ts';
import { identityFaults } from './identity.ts';
import { liveFaults } from './live.ts';
import { rescueFaults } from './rescue.ts';
import { updateRootFaults } from './update-root.ts';
import { updateSystemFaults } from './update-system.ts';

export interface Chapter {
  readonly title: string;
  readonly faults: readonly Fault[];
}

export const chapters: readonly Chapter[] = [
  { title: 'An update whose root is damaged', faults: updateRootFaults },
  { title: 'An update that cannot be reached', faults: updateSystemFaults },
  { title: "An update without the node's identity", faults: identityFaults },
  { title: 'A node that was proven', faults: goodSlotFaults },
  { title: 'A node that runs', faults: liveFaults },
  { title: 'lifeboot in the initramfs', faults: bootStageFaults },
  { title: 'The boot state', faults: bootStateFaults },
  { title: 'Nothing left to boot', faults: rescueFaults },
];

export const allFaults: readonly Fault[] = chapters.flatMap(({ faults }) => faults);
