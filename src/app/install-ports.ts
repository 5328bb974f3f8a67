/**
 * What `install` needs of the machine; a part of `ports.ts`.
 *
 * Types only. Everything is synchronous. Errors are `BootError`s.
 */
import type { ImageFile, ImageOnWeb } from '../core/install/image-source.ts';
import type { SignedImage } from '../core/install/signature.ts';

/** An image that is on this machine. */
export interface ImageAtHand {
  readonly image: string;
  /** null: there is none beside it. */
  readonly signature: string | null;
}

/** Images that come in from outside. */
export interface Incoming {
  /** Both, where links lead. @throws BootError IO */
  find(source: ImageFile): ImageAtHand;
  /** @returns the signature, fetched into the store; null: the server has none. @throws BootError UNAVAILABLE, IO */
  fetchSignature(source: ImageOnWeb): string | null;
  /**
   * Fetches the image into the store, from where an earlier call stopped; whatever else was there is deleted.
   * @param maxBytes more has no room in the slot
   * @throws BootError UNAVAILABLE, REFUSED without room, IO; what was fetched is kept where it can be continued
   */
  fetchImage(source: ImageOnWeb, maxBytes: number): string;
  /** Deletes what was fetched. Never throws. */
  discard(source: ImageOnWeb): void;
  /**
   * Whether anybody's signature could count, before there is an image.
   * @throws BootError UNAVAILABLE without signers, REFUSED when others could change them or the signature, BAD_DATA when
   * no allowed signer made it
   */
  requireSigner(signed: SignedImage): void;
  /**
   * @returns the name of the signer, as the file of allowed signers has it
   * @throws BootError as {@link requireSigner}, and CONTENT when it is not the image that was signed
   */
  verify(image: string, signed: SignedImage): string;
}
