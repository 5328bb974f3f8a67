/**
 * What `install` needs of the machine; a part of `ports.ts`.
 *
 * Types only. Everything is synchronous. Errors are `BootError`s.
 */
import type { ImageOnWeb } from '../core/install/image-source.ts';
import type { SignedImage } from '../core/install/signature.ts';

/** An image that is on this machine. */
export interface ImageAtHand {
  readonly image: string;
  /** null: there is none beside it. */
  readonly signature: string | null;
}

/** Images that come in from outside. */
export interface Incoming {
  /** @throws BootError IO */
  find(path: string, signature: string): ImageAtHand;
  /**
   * Fetches image and signature into the store, from where an earlier call stopped.
   * @throws BootError UNAVAILABLE, REFUSED without room, IO; what was fetched is kept
   */
  fetch(source: ImageOnWeb): ImageAtHand;
  /** Deletes what was fetched. Never throws. */
  discard(source: ImageOnWeb): void;
  /**
   * @returns the name of the signer, as the file of allowed signers has it
   * @throws BootError REFUSED when others could change image or signers, CONTENT when no allowed signer has signed it, UNAVAILABLE
   */
  verify(image: string, signed: SignedImage): string;
}
