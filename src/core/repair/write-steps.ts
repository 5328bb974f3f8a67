/**
 * How a slot is written anew: the steps, in the one order that a power cut cannot harm.
 *
 * Pure, as data: `repair --dry-run` prints the list that the interpreter runs.
 * 1 the state says that the slot is empty, so no boot chooses it; 2 its head is cleared, so nothing can mount it, also
 * not the plain shell that asks no state; 3, 4 everything behind the head is written and read back; 5 the head makes it a
 * file system again; 6 the state offers it as a trial. Cut before 6, the slot stays empty and the command is run again.
 */
import type { SlotName } from '../slot.ts';

export type WriteStep =
  | { readonly do: 'recordEmpty'; readonly slot: SlotName; readonly what: string }
  | { readonly do: 'clearHead'; readonly device: string }
  | { readonly do: 'writeBody'; readonly what: string; readonly bytes: number }
  | { readonly do: 'checkBody'; readonly device: string }
  | { readonly do: 'writeHead'; readonly device: string }
  | { readonly do: 'recordTrial'; readonly slot: SlotName };

export function planWrite(write: {
  readonly slot: SlotName;
  readonly what: string;
  readonly device: string;
  readonly bytes: number;
}): readonly WriteStep[] {
  const { slot, what, device, bytes } = write;
  return [
    { do: 'recordEmpty', slot, what },
    { do: 'clearHead', device },
    { do: 'writeBody', what, bytes },
    { do: 'checkBody', device },
    { do: 'writeHead', device },
    { do: 'recordTrial', slot },
  ];
}
